"""Graph component: one linear score for every flow intent and every article."""

from __future__ import annotations

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

from bot.nlu import catalogue, confidence, familiarity, linear, publication, scorer
from bot.nlu.catalogue import Catalogue
from bot.nlu.fingerprint import source_hash
from bot.nlu.scorer import Scorer, correction_of

logger = logging.getLogger(__name__)

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
            "cost": 0.4,
            # Factors for single labels. What is not our matter has no bounds that examples could draw, so
            # its examples count for more.
            "emphasis": {"out_of_scope": 6.0},
            # How much the score of a topic counts for its labels.
            "topic_share": 0.4,
            # Examples of this label are none of our matters.
            "outside": "out_of_scope",
            # Cost of a wrong example for the score of being our matter at all.
            "membership_cost": 0.1,
            # How much an example that is none of our matters counts when confidence is learned. There are few
            # of them and many ways to be one.
            "outside_importance": 5.0,
            # What brings the confidence from the examples, each of which was written to differ from the others, to
            # real messages: factor and summand of its log-odds, chosen on the development messages (docs/nlu.md).
            "confidence_scale": 0.6,
            "confidence_offset": 0.8,
            # Folds of the held-out scores on which temperature and confidence are fitted.
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
        fitted: Scorer | None = None,
    ) -> None:
        """Create a classifier; without labels and scores it has to be trained first."""
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._catalogue = labels
        self._scorer = fitted

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
        """Fit the scores and how sure they may be called."""
        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        self._catalogue = Catalogue.from_examples(examples)
        if len(self._catalogue.labels) < 2:
            logger.warning("Fewer than two intents: nothing to learn")
            return self._resource
        labels = np.array(self._catalogue.numbers_of(examples))
        outside = self._catalogue.numbers.get(self._config["outside"], -1)
        self._scorer = Scorer.fit(
            vstack([features_of(example) for example in examples], format="csr"),
            [example.get(TEXT) for example in examples],
            labels,
            labels == outside,
            objective_for(self._catalogue, self._config),
            self._config,
        )
        logger.info("Classifier trained: %s", self._scorer.figures)
        self.persist()
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Score every label and publish what is most probable."""
        for message in messages:
            row = features_of(message)
            message.set(KNOWN_FEATURES, int(row.nnz))
            if self._catalogue is None or self._scorer is None or not row.nnz:
                # Without features only the intercepts would speak, and they say nothing about a message.
                publication.publish_nothing(message)
                continue
            probabilities = self._scorer.probabilities(row, message.get(TEXT))
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
                fitted = Scorer.load(folder, correction=correction_of(config))
        except ValueError:
            # Rasa's way to say that nothing was persisted: there was nothing to learn.
            return cls(config, model_storage, resource)
        return cls(config, model_storage, resource, labels, fitted)

    def persist(self) -> None:
        """Write labels and scorer into the model."""
        if self._catalogue is None or self._scorer is None:
            return
        with self._model_storage.write_to(self._resource) as folder:
            self._catalogue.save(folder)
            self._scorer.save(folder)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Cover the mathematics and the published shape."""
        return source_hash(linear, catalogue, publication, scorer, confidence, familiarity)


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
