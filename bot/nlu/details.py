"""Graph component: publishes what a message names, as entities, for the people and the case which take over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
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

from bot.nlu import amounts, calendar_times, detail_rules, moments
from bot.nlu.detail_rules import Detail, DetailRules
from bot.nlu.fingerprint import file_hash, source_hash
from bot.nlu.normalise import MAX_LENGTH, Normalised
from bot.nlu.normalizer import NORMALISED, ORIGINAL

FILE = "details.json"
EXTRACTOR = "details"
# All customers live by one clock, without summer time.
CHINA = timezone(timedelta(hours=8))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class DetailReader(GraphComponent):
    """Reads details from every message, whatever it is about.

    The lexicon is kept in the model, so that a model reads what it was released with.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {
            # Banks, apps and the words around numbers.
            "details": "data/lexicon/details.yml",
            # Words for numbers, sums and times.
            "amounts": "data/lexicon/amounts.yml",
        }

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, lexicon: Mapping[str, Any]
    ) -> None:
        """Compile the lexicon."""
        self._model_storage = model_storage
        self._resource = resource
        self._lexicon = lexicon
        self._rules = DetailRules(lexicon["details"], lexicon["amounts"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DetailReader:
        """Create the component from the lexicon in the repository."""
        lexicon = {
            name: yaml.safe_load(Path(config[name]).read_text(encoding="utf-8")) for name in ("details", "amounts")
        }
        return cls(config, model_storage, resource, lexicon)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the lexicon in the model; there is nothing to learn."""
        self.persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the details of each message to its entities."""
        now = datetime.now(CHINA)
        for message in messages:
            text: str = message.get(TEXT) or ""
            offsets = message.get(NORMALISED)
            normalised = Normalised(text, tuple(range(len(text)) if offsets is None else offsets))
            original: str = message.get(ORIGINAL) or text
            found = self._rules.find(normalised, original[:MAX_LENGTH], now)
            entities = [*message.get(ENTITIES, []), *map(_entity, found)]
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
    ) -> DetailReader:
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
        lexicon = file_hash(config, "details", "amounts")
        return lexicon + source_hash(detail_rules, calendar_times, amounts, moments)


def _entity(detail: Detail) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "entity": detail.entity,
        "value": detail.value,
        "start": detail.start,
        "end": detail.end,
        "extractor": EXTRACTOR,
    }
    if detail.hours_ago is not None:
        entity["hours_ago"] = detail.hours_ago
    return entity
