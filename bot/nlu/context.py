"""Graph component: how a message hangs together with the answer before it, and with itself.

Publishes what bot/engine/reading.py needs to read a message in its conversation: the clauses it may be taken apart
into, whether it goes on about something, and about which article. What a message means by itself is not changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge import load_articles
from bot.nlu import clauses, follow_ups
from bot.nlu.clauses import Clause, ClauseSplitter
from bot.nlu.decision import ANSWER
from bot.nlu.fingerprint import file_hash, source_hash
from bot.nlu.follow_ups import FollowUps, Kind

CLAUSES = "clauses"
FOLLOW_UP = "follow_up"
FOLLOWS = "follows"
KEYS = (CLAUSES, FOLLOW_UP, FOLLOWS)
FILE = "context.json"
# What is no question of its own.
DEPENDENT = frozenset({Kind.BARE, Kind.EMPTY, Kind.UNHELPFUL})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ContextReader(GraphComponent):
    """Finds the clauses of a message and the answer it may go on about.

    Lexicon and relations of the articles are kept in the model.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {
            # Words between two questions in one message.
            "clauses": "data/lexicon/clauses.yml",
            # Wordings that go on about the answer before.
            "followups": "data/lexicon/followups.yml",
            # The articles, for what each is related to.
            "knowledge": "knowledge",
            # Messages after which an answer is no longer what the customer has in mind.
            "turns": 3,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        lexicon: Mapping[str, Any],
    ) -> None:
        """Compile the lexicon."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._lexicon = lexicon
        self._splitter = ClauseSplitter(lexicon["clauses"])
        self._follow_ups = FollowUps(lexicon["followups"])
        self._articles: Mapping[str, Any] = lexicon["articles"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ContextReader:
        """Create the component from the lexicon and the articles in the repository."""
        lexicon = {
            name: yaml.safe_load(Path(config[name]).read_text(encoding="utf-8")) for name in ("clauses", "followups")
        }
        lexicon["articles"] = _relations(config["knowledge"])
        return cls(config, model_storage, resource, lexicon)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep lexicon and relations in the model; there is nothing to learn."""
        self.persist()
        return self._resource

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Publish clauses, kind of follow-up and the article before; the tracker ends before the message."""
        previous = self._previous(tracker)
        for message in messages:
            text = message.get(TEXT) or ""
            found = [{"text": c.text, "is_added": c.is_added} for c in self._clauses(text)]
            message.set(CLAUSES, found, add_to_output=True)
            kind = self._follow_ups.kind(text) if previous else None
            message.set(FOLLOW_UP, kind.value if kind else None, add_to_output=True)
            message.set(FOLLOWS, self._follows(previous, text) if previous and kind else None, add_to_output=True)
        return messages

    def _clauses(self, text: str) -> list[Clause]:
        """Take a text apart, unless a part of it goes on about another part."""
        found = self._splitter.split(text)
        return [] if any(self._follow_ups.kind(clause.text) in DEPENDENT for clause in found) else found

    def _previous(self, tracker: DialogueStateTracker | None) -> str | None:
        """Give the article that was answered with last, if only a few messages ago."""
        if tracker is None:
            return None
        messages = [event for event in reversed(tracker.events) if isinstance(event, UserUttered)]
        for message in messages[: self._config["turns"]]:
            article = (message.parse_data or {}).get("article")
            if message.parse_data.get("decision") == ANSWER and article in self._articles:
                return str(article)
        return None

    def _follows(self, article: str, text: str) -> dict[str, Any]:
        """Give what is needed to read a text as going on about an article."""
        known = self._articles[article]
        return {
            "article": article,
            "topic": known["topic"],
            "related": [self._candidate(related) for related in known["related"]],
            "subject": self._follow_ups.subject(known["title"]),
            "composed": self._follow_ups.composed(known["title"], text),
        }

    def _candidate(self, article: str) -> dict[str, Any]:
        """Shape an article as bot/nlu/publication.py shapes candidates; nothing in the message speaks for it."""
        known = self._articles[article]
        return {**{key: known[key] for key in ("intent", "topic", "title")}, "article": article, "score": 0.0}

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ContextReader:
        """Load lexicon and relations from the model."""
        with model_storage.read_from(resource) as folder:
            lexicon = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(config, model_storage, resource, lexicon)

    def persist(self) -> None:
        """Write lexicon and relations into the model."""
        with self._model_storage.write_to(self._resource) as folder:
            (folder / FILE).write_text(json.dumps(self._lexicon, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Notice an edited lexicon, changed relations of articles and changed rules."""
        # Rasa may pass settings which are not the component's; see bot/nlu/fingerprint.py.
        relations = _relations(config["knowledge"]) if "knowledge" in config else {}
        digest = hashlib.sha256(json.dumps(relations, sort_keys=True).encode()).hexdigest()
        return file_hash(config, "clauses", "followups") + digest + source_hash(clauses, follow_ups)


def _relations(folder: str) -> dict[str, dict[str, Any]]:
    """Give intent, title, topic and related articles of each article."""
    return {
        article.id: {
            "intent": article.intent,
            "title": article.title,
            "topic": article.topic,
            "related": list(article.related),
        }
        for article in load_articles(Path(folder))
    }
