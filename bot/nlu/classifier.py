"""Graph component: one linear score for every flow intent and every article."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import catalogue, linear, publication
from bot.nlu.catalogue import Catalogue
from bot.nlu.fingerprint import source_hash

logger = logging.getLogger(__name__)

WEIGHTS_FILE = "weights.npz"
FIGURES_FILE = "figures.json"
# Probabilities of all labels for the ranker; an array, hence not part of the output.
PROBABILITIES = "label_probabilities"
# How many known features a message has; without any, no score means anything.
KNOWN_FEATURES = "known_features"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearClassifier(IntentClassifier, GraphComponent):
    """Linear support vectors over all labels, with calibrated probabilities.

    A message is one sparse product with the weights; scikit-learn is used in training only.
    """

    @classmethod
    def required_components(cls) -> list[type]:
        """Features have to be there."""
        return [Featurizer]

    @staticmethod
    def required_packages() -> list[str]:
        """The solver of the training."""
        return ["sklearn"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {
            # Cost of a wrong example against the size of the weights.
            "cost": 0.2,
            # Factors for single labels. What is not our matter has no bounds that examples could draw; with
            # six, 17 instead of 24 in a hundred such messages get an answer, at one point of accuracy.
            "emphasis": {"out_of_scope": 6.0},
            # How much the score of a topic counts for its labels.
            "topic_share": 0.4,
            # Folds of the held-out scores on which the temperature is fitted.
            "folds": 5,
            # Examples at least this alike (cosine) stay in one fold.
            "sibling_similarity": 0.6,
            "seed": 42,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        labels: Catalogue | None = None,
        weights: tuple[np.ndarray, np.ndarray] | None = None,
        temperature: float = 1.0,
        reliability: np.ndarray | None = None,
    ) -> None:
        """Create a classifier; without labels and weights it has to be trained first."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._catalogue = labels
        self._weights = weights
        self._temperature = temperature
        self._reliability = linear.GRID if reliability is None else reliability
        self._figures: dict[str, float] = {}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearClassifier:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Fit weights, temperature and reliability."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        self._catalogue = Catalogue.from_examples(examples)
        if len(self._catalogue.labels) < 2:
            logger.warning("Fewer than two intents: nothing to learn")
            return self._resource
        rows = vstack([features_of(example) for example in examples], format="csr")
        labels = np.array(self._catalogue.numbers_of(examples))
        objective = objective_for(self._catalogue, self._config)
        folds = linear.grouped_folds(
            rows,
            folds=self._config["folds"],
            similarity=self._config["sibling_similarity"],
            seed=self._config["seed"],
        )
        held_out = linear.held_out_scores(rows, labels, folds, objective)
        self._weights = linear.fit(rows, labels, objective)
        self._temperature = linear.fit_temperature(held_out, labels)
        unseen = linear.softmax(held_out, self._temperature)
        self._reliability = linear.fit_reliability(unseen, labels)
        self._figures = {
            "examples": len(examples),
            "labels": len(self._catalogue.labels),
            "features": rows.shape[1],
            "held_out_accuracy": float((held_out.argmax(axis=1) == labels).mean()),
            "temperature": self._temperature,
        }
        logger.info("Classifier trained: %s", self._figures)
        self.persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Score every label and publish what is most probable."""
        for message in messages:
            row = features_of(message)
            message.set(KNOWN_FEATURES, int(row.nnz))
            if self._catalogue is None or self._weights is None or not row.nnz:
                # Without features only the intercepts would speak, and they say nothing about a message.
                publication.publish_nothing(message)
                continue
            weights, intercepts = self._weights
            scores = row.data @ weights[row.indices] + intercepts
            claimed = linear.softmax(scores, self._temperature)
            probabilities = linear.calibrated(claimed, self._reliability)
            message.set(PROBABILITIES, probabilities)
            publication.publish(message, self._catalogue, probabilities)
        return messages

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LinearClassifier:
        """Load labels, weights and calibration from the model."""
        try:
            with model_storage.read_from(resource) as folder:
                labels = Catalogue.load(folder)
                figures = json.loads((folder / FIGURES_FILE).read_text(encoding="utf-8"))
                with np.load(folder / WEIGHTS_FILE) as arrays:
                    weights = arrays["weights"].astype(np.float32), arrays["intercepts"]
                    reliability = arrays["reliability"]
        except ValueError:
            # Rasa's way to say that nothing was persisted: there was nothing to learn.
            return cls(config, model_storage, resource)
        temperature = figures["temperature"]
        return cls(config, model_storage, resource, labels, weights, temperature, reliability)

    def persist(self) -> None:
        """Write labels, weights and calibration into the model."""
        if self._catalogue is None or self._weights is None:
            return
        weights, intercepts = self._weights
        with self._model_storage.write_to(self._resource) as folder:
            self._catalogue.save(folder)
            (folder / FIGURES_FILE).write_text(json.dumps(self._figures), encoding="utf-8")
            # Half precision is far finer than the differences between labels, and halves the model.
            np.savez_compressed(
                folder / WEIGHTS_FILE,
                weights=weights.astype(np.float16),
                intercepts=intercepts,
                reliability=self._reliability,
            )

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Cover the mathematics and the published shape."""
        return source_hash(linear, catalogue, publication)


def features_of(message: Message) -> csr_matrix:
    """Put the sentence features of all featurisers side by side, in the order of the pipeline."""
    return hstack([features.features for features in message.features], format="csr")


def objective_for(labels: Catalogue, config: Mapping[str, Any]) -> linear.Objective:
    """Bring the settings into the form of the mathematics, which knows numbers only."""
    return linear.Objective(
        cost=config["cost"],
        emphasis=labels.numbered(config["emphasis"]),
        topics=np.array(labels.topic_numbers()),
        topic_share=config["topic_share"],
    )
