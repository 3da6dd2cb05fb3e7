"""Graph component: publishes what a message says about scams, gray offers and danger to life."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import amounts, cue_rules, moments
from bot.nlu.cue_rules import CueRules
from bot.nlu.fingerprint import file_hash, source_hash
from bot.nlu.normalizer import original_span

SCAM = "scam"
GRAY = "gray"
CRISIS = "crisis"
# For the decision behind this component; not part of the output.
IS_QUESTION = "is_question"
WANTS_TO_LEAVE = "wants_to_leave"
ASKS_FOR_PERSON = "asks_for_person"
FILE = "cues.json"
EXTRACTOR = "cues"


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
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        lexicon: Mapping[str, Any],
    ) -> None:
        """Compile the lexicon."""
        self._model_storage = model_storage
        self._resource = resource
        self._lexicon = lexicon
        self._rules = CueRules(lexicon["cues"], lexicon["amounts"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CueDetector:
        """Create the component from the lexicon in the repository."""
        lexicon = {name: yaml.safe_load(Path(config[name]).read_text(encoding="utf-8")) for name in ("cues", "amounts")}
        return cls(config, model_storage, resource, lexicon)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the lexicon in the model; there is nothing to learn."""
        self.persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Publish scam, gray and crisis, each null when there is nothing to say."""
        for message in messages:
            text = message.get(TEXT) or ""
            scam = self._rules.scam(text)
            message.set(SCAM, _in_original(message, scam), add_to_output=True)
            message.set(GRAY, _in_original(message, self._rules.gray(text)), add_to_output=True)
            message.set(CRISIS, self._rules.crisis(text), add_to_output=True)
            message.set(ASKS_FOR_PERSON, self._rules.asks_for_person(text))
            message.set(IS_QUESTION, self._rules.is_question(text))
            message.set(WANTS_TO_LEAVE, self._rules.wants_to_leave(text))
            entities = message.get(ENTITIES, []) + _entities(message.get(SCAM))
            message.set(ENTITIES, entities, add_to_output=True)
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
        return cls(config, model_storage, resource, lexicon)

    def persist(self) -> None:
        """Write the lexicon into the model."""
        with self._model_storage.write_to(self._resource) as folder:
            lexicon = json.dumps(self._lexicon, ensure_ascii=False)
            (folder / FILE).write_text(lexicon, encoding="utf-8")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Notice an edited lexicon and changed rules."""
        lexicon = file_hash(config, "cues", "amounts")
        return lexicon + source_hash(cue_rules, amounts, moments)


def _in_original(message: Message, finding: dict[str, Any] | None) -> dict[str, Any] | None:
    """Let the spans count in what the customer typed, which is what an agent will see marked."""
    if finding is None:
        return None
    spans = []
    for span in finding["spans"]:
        start, end = original_span(message, span["start"], span["end"])
        spans.append({"start": start, "end": end, "label": span["label"]})
    return {**finding, "spans": spans}


def _entities(scam: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Give sum and time of a scam as entities, for whoever reads entities."""
    if scam is None:
        return []
    return [
        {
            "entity": span["label"],
            "value": scam[span["label"]],
            "start": span["start"],
            "end": span["end"],
            "extractor": EXTRACTOR,
        }
        for span in scam["spans"]
        if span["label"] in ("amount", "when")
    ]
