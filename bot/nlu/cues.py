"""Graph component: publishes what a message says about scams, gray offers and danger to life."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import amounts, cue_examples, cue_rules, moments, scam_detector, scam_model
from bot.nlu.catalogue import full_label
from bot.nlu.cue_examples import CueExample
from bot.nlu.cue_rules import CueRules
from bot.nlu.fingerprint import file_hash, folder_hash, source_hash
from bot.nlu.normalizer import original_span
from bot.nlu.scam_detector import PAID, ScamDetector
from bot.nlu.scam_model import ScamModel

SCAM = "scam"
GRAY = "gray"
CRISIS = "crisis"
# For the decision behind this component; not part of the output.
IS_QUESTION = "is_question"
WANTS_TO_LEAVE = "wants_to_leave"
ASKS_FOR_PERSON = "asks_for_person"
# A rule says that it only looks like a scam: a joke, a complaint about us.
LOOKS_HARMLESS = "looks_harmless"
# Level and state of a victim, should the classifier be sure that there is one.
GUESS = "scam_guess"
FILE = "cues.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class CueDetector(GraphComponent):
    """Looks for cues on every message, whatever the classifier makes of it.

    The lexicon is kept in the model, so that a model notices what it was released with.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {
            # Evidence and rules.
            "cues": "data/lexicon/cues.yml",
            # Words for numbers, sums and times.
            "amounts": "data/lexicon/amounts.yml",
            # Messages of victims, of scammers, and of people with other matters, to learn from.
            "examples": "data/cues",
            # States of victims with their levels.
            "triage": "texts/triage.yml",
            # Intents whose examples were written by victims; of the topics below, nothing else is learned from, since
            # a question about scams may come from a victim or not.
            "victims": ["report_scam", "faq/victim_"],
            "unclear_topics": ["scam_report", "identity_theft", "gray_industry"],
            "unclear_intents": ["crisis"],
            # How much an innocent message of `examples` counts. They were written to be mistaken.
            "innocent_importance": 6.0,
            # Log-odds, chosen on one half of the development messages (docs/nlu.md): from which the model alone
            # speaks of a scam told or pasted, is sure of it, and below which it takes a rule's word back; from which
            # it contradicts a rule that found something harmless.
            "told": -0.75,
            "pasted": -0.25,
            "sure": 1.0,
            "very_sure": 2.0,
            "veto": -3.0,
            "overrule": 2.0,
            # The same for the gray industry: from which the model alone speaks of it, and below which a rule is wrong.
            "gray": 0.0,
            "gray_veto": -3.0,
            # Probability from which the learned state and type are believed.
            "sure_state": 0.5,
            "sure_type": 0.4,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        lexicon: Mapping[str, Any],
        model: ScamModel | None = None,
    ) -> None:
        """Compile the lexicon."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._lexicon = lexicon
        self._rules = CueRules(lexicon["cues"], lexicon["amounts"])
        self._detector = ScamDetector(self._rules, model, lexicon["levels"], config)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CueDetector:
        """Create the component from the lexicon in the repository."""
        cues, numbers, triage = (
            yaml.safe_load(Path(config[name]).read_text(encoding="utf-8")) for name in ("cues", "amounts", "triage")
        )
        levels = {name: state["level"] for name, state in triage["states"].items()}
        lexicon = {"cues": cues, "amounts": numbers, "levels": levels}
        return cls(config, model_storage, resource, lexicon)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from the examples of data/cues and of the intents, and keep lexicon and scores in the model."""
        told = cue_examples.read(Path(self._config["examples"]))
        weight = self._config["innocent_importance"]
        importance = [1.0 if example.state or example.gray else weight for example in told]
        others = list(self._from_intents(training_data))
        if told:
            self._detector.learn([*told, *others], importance + [1.0] * len(others))
        self.persist()
        return self._resource

    def _from_intents(self, training_data: TrainingData) -> Iterator[CueExample]:
        for example in training_data.intent_examples:
            label = full_label(example)
            topic = (example.get(METADATA, {}).get(METADATA_INTENT) or {}).get("topic")
            text = example.get(TEXT) or ""
            if label.startswith(tuple(self._config["victims"])):
                yield CueExample(text, PAID, None, is_pasted=False)
            elif topic not in self._config["unclear_topics"] and label not in self._config["unclear_intents"]:
                yield CueExample(text, None, None, is_pasted=False)

    def process(self, messages: list[Message]) -> list[Message]:
        """Publish scam, gray and crisis, each null when there is nothing to say."""
        for message in messages:
            text = message.get(TEXT) or ""
            seen = self._detector.look(text)
            scam = self._detector.scam(*seen)
            message.set(SCAM, _in_original(message, scam), add_to_output=True)
            message.set(GRAY, _in_original(message, self._detector.gray(*seen)), add_to_output=True)
            message.set(CRISIS, self._rules.crisis(text), add_to_output=True)
            message.set(GUESS, self._detector.guess(seen[1]))
            message.set(LOOKS_HARMLESS, scam is None and seen[0].rule is not None)
            message.set(ASKS_FOR_PERSON, self._rules.asks_for_person(text))
            message.set(IS_QUESTION, self._rules.is_question(text))
            message.set(WANTS_TO_LEAVE, self._rules.wants_to_leave(text))
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CueDetector:
        """Load the lexicon from the model."""
        with model_storage.read_from(resource) as folder:
            lexicon = json.loads((folder / FILE).read_text(encoding="utf-8"))
            model = ScamModel.load(folder) if lexicon["has_model"] else None
        return cls(config, model_storage, resource, lexicon, model)

    def persist(self) -> None:
        """Write the lexicon into the model."""
        with self._model_storage.write_to(self._resource) as folder:
            model = self._detector.model
            lexicon = json.dumps({**self._lexicon, "has_model": model is not None}, ensure_ascii=False)
            (folder / FILE).write_text(lexicon, encoding="utf-8")
            if model is not None:
                model.save(folder)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Notice an edited lexicon and changed rules."""
        files = file_hash(config, "cues", "amounts", "triage") + folder_hash(config, "examples")
        return files + source_hash(cue_rules, amounts, moments, cue_examples, scam_detector, scam_model)


def _in_original(message: Message, finding: dict[str, Any] | None) -> dict[str, Any] | None:
    """Let the spans count in what the customer typed, which is what an agent will see marked."""
    if finding is None:
        return None
    spans = []
    for span in finding["spans"]:
        start, end = original_span(message, span["start"], span["end"])
        spans.append({"start": start, "end": end, "label": span["label"]})
    return {**finding, "spans": spans}
