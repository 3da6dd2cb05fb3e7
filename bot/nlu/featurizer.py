"""What the featurisers share: learn a vocabulary of grams, add one sparse row a message."""

from __future__ import annotations

import abc
import sys
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import normalise, tfidf
from bot.nlu.fingerprint import source_hash
from bot.nlu.tfidf import Blocks, Tfidf


class GramFeaturizer(SparseFeaturizer, GraphComponent, abc.ABC):
    """A trainable sparse featuriser; subclasses say which grams a message has.

    Only sentence features are made: no component of this pipeline reads sequences.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {
            # Name of these features; unique in the pipeline.
            "alias": None,
            # Length of each block of features, see bot/nlu/tfidf.py; found with bot/crossvalidate.py.
            "scales": [1.0],
            # A gram seen in one example only cannot tell two matters apart on new messages.
            "min_documents": 2,
        }

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
        weights: Tfidf | None = None,
    ) -> None:
        """Create a featuriser; without weights it has to be trained first."""
        super().__init__(name, config)
        self._model_storage = model_storage
        self._resource = resource
        self._weights = weights

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GramFeaturizer:
        """Create an untrained component."""
        return cls(config, execution_context.node_name, model_storage, resource)

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Accept any settings; Rasa asks for this method."""

    @abc.abstractmethod
    def blocks(self, message: Message) -> Blocks:
        """List the grams of a message, with repetitions, in one block for each of the scales."""

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the vocabulary from the examples."""
        documents = [self.blocks(message) for message in _with_text(training_data)]
        self._weights = Tfidf.fit(documents, min_documents=self._config["min_documents"])
        self.persist()
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Add features to all examples."""
        self.process(_with_text(training_data))
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the sentence features of each message."""
        if self._weights is None:
            return messages
        for message in messages:
            row = self._weights.row(self.blocks(message), self._config["scales"])
            features = Features(row, FEATURE_TYPE_SENTENCE, TEXT, self._identifier)
            message.add_features(features)
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> GramFeaturizer:
        """Load vocabulary and weights from the model."""
        with model_storage.read_from(resource) as folder:
            weights = Tfidf.load(folder)
        return cls(config, execution_context.node_name, model_storage, resource, weights)

    def persist(self) -> None:
        """Write vocabulary and weights into the model."""
        if self._weights is not None:
            with self._model_storage.write_to(self._resource) as folder:
                self._weights.save(folder)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Cover this base class and its helpers, which the fingerprint of a subclass does not see."""
        return source_hash(sys.modules[__name__], sys.modules[cls.__module__], tfidf, normalise)


def _with_text(training_data: TrainingData) -> list[Message]:
    """Leave out what Rasa adds for the dialogue policies: action names and bare intents."""
    return [message for message in training_data.training_examples if message.get(TEXT)]
