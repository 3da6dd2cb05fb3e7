"""Training data from the approved articles and the words for victims: adding a question means adding one file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.core.training_data.structures import StoryGraph
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method

from bot.knowledge import Article, load_articles
from bot.triage import STOP_LOSS_ACTION, load_states, stop_loss_responses

FAQ_INTENT = "faq"
FAQ_ACTION = "utter_faq"
RULES = {
    "rules": [
        {
            "rule": "Answer from an article",
            "steps": [{"intent": FAQ_INTENT}, {"action": FAQ_ACTION}],
        }
    ]
}


class KnowledgeImporter(TrainingDataImporter):
    """Turns `knowledge/` into examples, responses and the one rule which says them, `texts/triage.yml` into responses.

    Stands beside Rasa's file importer in `config.yml`. Broken articles stop the training: Rasa prints
    the problems of :class:`bot.knowledge.BrokenArticlesError` and exits. So does a broken table with those of
    :class:`bot.triage.BrokenTriageError`.
    """

    def __init__(
        self,
        config_file: str | None = None,
        domain_path: str | None = None,
        training_data_paths: list[str] | str | None = None,
        knowledge: str = "knowledge",
        triage: str = "texts/triage.yml",
        **kwargs: Any,
    ) -> None:
        """Remember folder and table; both may be named by the importer's entry in config.yml."""
        self._folder = Path(knowledge)
        self._triage = Path(triage)

    @cached_method
    def articles(self) -> list[Article]:
        """All articles; read once although Rasa asks for domain and examples several times."""
        return load_articles(self._folder)

    @cached_method
    def get_nlu_data(self, language: str | None = "zh") -> TrainingData:
        """Give every question and title as an example of its article's intent.

        Topic, title and article travel as the intent's metadata, so the classifier can publish them
        without reading the articles again.
        """
        asked = {question for article in self.articles() for question in article.questions}
        messages = []
        for article in self.articles():
            metadata = {"article": article.id, "topic": article.topic, "title": article.title}
            texts = list(article.questions)
            if article.title not in asked:
                texts.append(article.title)
            messages.extend(Message.build(text=text, intent=article.intent, intent_metadata=metadata) for text in texts)
        return TrainingData(messages)

    @cached_method
    def get_domain(self) -> Domain:
        """Give one response an article, and the first words for victims.

        Rasa adds the intent `faq` and the action `utter_faq` itself. An article with a flow gets its response
        too: a button may still show that article. The words are part of the domain and so of its fingerprint:
        `rasa train` notices an edited table.
        """
        responses: dict[str, list[dict[str, Any]]] = {
            f"{FAQ_ACTION}/{article.id}": [
                {
                    "text": article.short,
                    "custom": {"article": article.id},
                    "metadata": {"topic": article.topic, "title": article.title},
                }
            ]
            for article in self.articles()
        }
        responses[STOP_LOSS_ACTION] = stop_loss_responses(load_states(self._triage))
        return Domain.from_dict({"version": "3.1", "responses": responses})

    def get_stories(self, exclusion_percentage: int | None = None) -> StoryGraph:
        """Give the rule which answers with the article the classifier chose."""
        return StoryGraph(YAMLStoryReader().read_from_parsed_yaml(RULES))

    def get_conversation_tests(self) -> StoryGraph:
        """Give nothing: the inherited default would run the rule as if it were a test."""
        return StoryGraph([])

    def get_config(self) -> dict[str, Any]:
        """Give nothing: the configuration belongs to the file importer."""
        return {}

    def get_config_file_for_auto_config(self) -> str | None:
        """Give nothing: auto-configuration is not used."""
        return None
