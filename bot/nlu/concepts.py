"""Graph component: what a text is about, in the terms of our thesaurus.

With some forty examples a matter, most of what customers will type shares no word with them. Groups of
words that mean the same bring such a message close to its matter nevertheless.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.featurizer import GramFeaturizer
from bot.nlu.fingerprint import file_hash
from bot.nlu.normalise import normalise
from bot.nlu.tfidf import Blocks, Tfidf

THESAURUS_FILE = "thesaurus.json"
JOINT = "&"


class Thesaurus:
    """Finds the concepts whose words occur in a text."""

    def __init__(self, groups: Mapping[str, list[str]]) -> None:
        """Index the words of all groups; words are compared in normalised form."""
        self.groups = {name: [str(word) for word in words] for name, words in groups.items()}
        self._concepts: dict[str, list[str]] = {}
        for name, words in self.groups.items():
            for word in words:
                self._concepts.setdefault(normalise(word), []).append(name)
        self._longest = max((len(word) for word in self._concepts), default=0)

    def concepts_in(self, text: str) -> list[str]:
        """List the concepts of a text, each once, in alphabetical order."""
        found = set()
        for start in range(len(text)):
            for end in range(start + 1, min(start + self._longest, len(text)) + 1):
                found.update(self._concepts.get(text[start:end], ()))
        return sorted(found)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class ConceptFeaturizer(GramFeaturizer):
    """Concepts, and every two concepts which occur together."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {
            **GramFeaturizer.get_default_config(),
            "alias": "concepts",
            "scales": [0.7],
            # The thesaurus: a concept and its words.
            "thesaurus": "data/lexicon/concepts.yml",
        }

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
        weights: Tfidf | None = None,
        thesaurus: Thesaurus | None = None,
    ) -> None:
        """Create a featuriser; a new one reads the thesaurus of the repository."""
        super().__init__(config, name, model_storage, resource, weights)
        self._thesaurus = thesaurus or Thesaurus(_read(config["thesaurus"]))

    def blocks(self, message: Message) -> Blocks:
        """List concepts and pairs in one block: a pair is mostly what tells two articles apart."""
        concepts = self._thesaurus.concepts_in(message.get(TEXT) or "")
        return [concepts + [JOINT.join(pair) for pair in combinations(concepts, 2)]]

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ConceptFeaturizer:
        """Load the weights and the thesaurus they belong to from the model."""
        with model_storage.read_from(resource) as folder:
            weights = Tfidf.load(folder)
            groups = json.loads((folder / THESAURUS_FILE).read_text(encoding="utf-8"))
        name = execution_context.node_name
        return cls(config, name, model_storage, resource, weights, Thesaurus(groups))

    def persist(self) -> None:
        """Write weights and thesaurus into the model."""
        if self._weights is None:
            return
        with self._model_storage.write_to(self._resource) as folder:
            self._weights.save(folder)
            groups = json.dumps(self._thesaurus.groups, ensure_ascii=False)
            (folder / THESAURUS_FILE).write_text(groups, encoding="utf-8")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Notice an edited thesaurus as well."""
        return super().fingerprint_addon(config) + file_hash(config, "thesaurus")


def _read(path: str) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    return groups
