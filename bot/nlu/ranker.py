"""Graph component: how close the message is to a question we know, blended into the probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, load_npz, save_npz, vstack

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import catalogue, linear, publication
from bot.nlu.catalogue import Catalogue
from bot.nlu.classifier import PROBABILITIES
from bot.nlu.fingerprint import source_hash

QUESTIONS_FILE = "questions.npz"
LABELS_FILE = "question_labels.npz"
FEATURES = "char_ngrams"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NearestQuestionRanker(IntentClassifier, GraphComponent):
    """Raises the label of a known question which the message nearly repeats.

    Only near repetitions count: below the floor, the nearest question was wrong so often in
    cross-validation that mixing it in cost accuracy at any weight. Above it, it makes the answer to a
    question that stands in an article certain.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Features have to be there.

        The classifier has to run before as well, but Rasa checks the order on the training graph too, in
        which a classifier has no place before the ranker.
        """
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {
            # Cosine from which a question counts as repeated; at one, nothing else counts.
            "floor": 0.6,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        labels: Catalogue | None = None,
        questions: csr_matrix | None = None,
        starts: np.ndarray | None = None,
    ) -> None:
        """Create a ranker; without questions it has to be trained first.

        Args:
            config: The settings.
            model_storage: Where to persist.
            resource: Under which name to persist.
            labels: The labels, in the order of the classifier.
            questions: Features by questions; the questions of a label are neighbours.
            starts: The position of the first question of each label.
        """
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._catalogue = labels
        self._questions = questions
        self._starts = starts

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NearestQuestionRanker:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep all questions as rows of length one, ordered by label."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        self._catalogue = Catalogue.from_examples(examples)
        labels = np.array(self._catalogue.numbers_of(examples))
        order = np.argsort(labels, kind="stable")
        rows = vstack([_features(examples[number]) for number in order], format="csr")
        self._questions = linear.rows_of_length_one(rows).T.tocsr()
        self._starts = np.searchsorted(labels[order], np.arange(len(self._catalogue.labels)))
        self.persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Blend, and publish anew."""
        for message in messages:
            if self._catalogue is None or not message.features:
                continue
            nearness = self.nearness(_features(message))
            probabilities = message.get(PROBABILITIES)
            if probabilities is None:
                if message.get(INTENT) is None:
                    # No classifier before this one: the nearest question alone decides.
                    publication.publish(message, self._catalogue, nearness)
                continue
            floor = self._config["floor"]
            repeated = np.clip((nearness - floor) / (1 - floor), 0, 1)
            trust = repeated.max()
            if trust > 0:
                blended = (1 - trust) * probabilities + trust * repeated / repeated.sum()
                publication.publish(message, self._catalogue, blended)
        return messages

    def nearness(self, row: csr_matrix) -> np.ndarray:
        """Give the cosine of the nearest question of each label."""
        similarities = np.zeros(self._questions.shape[1], dtype=np.float32)
        length = np.sqrt(np.dot(row.data, row.data))
        if length:
            weights = row.data / length
            for column, weight in zip(row.indices, weights, strict=True):
                begin, end = self._questions.indptr[column : column + 2]
                found = self._questions.indices[begin:end]
                similarities[found] += weight * self._questions.data[begin:end]
        return np.maximum.reduceat(similarities, self._starts)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NearestQuestionRanker:
        """Load the questions from the model."""
        with model_storage.read_from(resource) as folder:
            labels = Catalogue.load(folder)
            questions = load_npz(folder / QUESTIONS_FILE)
            with np.load(folder / LABELS_FILE) as arrays:
                starts = arrays["starts"]
        return cls(config, model_storage, resource, labels, questions, starts)

    def persist(self) -> None:
        """Write the questions into the model, as numbers only."""
        if self._catalogue is None:
            return
        with self._model_storage.write_to(self._resource) as folder:
            self._catalogue.save(folder)
            save_npz(folder / QUESTIONS_FILE, self._questions)
            np.savez_compressed(folder / LABELS_FILE, starts=self._starts)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Cover what this class calls."""
        return source_hash(linear, catalogue, publication)


def _features(message: Message) -> csr_matrix:
    """Give the character features alone: words and concepts are too coarse to prove a repetition."""
    return next(f.features for f in message.features if f.origin == FEATURES)
