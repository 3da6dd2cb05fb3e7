"""One NLU pipeline without Rasa's graph around it: fitted once, loaded again, asked for rankings.

The graph would train the same components in the same order, but only whole files of training data, which
does not allow for cross-validation.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, INTENT_RESPONSE_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import class_from_module_path
from rasa.shared.utils.io import read_config_file

from bot.nlu.catalogue import full_label

# Components of Rasa's own, by the names they have in a configuration.
STOCK = {
    "WhitespaceTokenizer": "rasa.nlu.tokenizers.whitespace_tokenizer.WhitespaceTokenizer",
    "JiebaTokenizer": "rasa.nlu.tokenizers.jieba_tokenizer.JiebaTokenizer",
    "CountVectorsFeaturizer": "rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer.CountVectorsFeaturizer",
    "LogisticRegressionClassifier": "rasa.nlu.classifiers.logistic_regression_classifier.LogisticRegressionClassifier",
    "DIETClassifier": "rasa.nlu.classifiers.diet_classifier.DIETClassifier",
}

Ranking = list[tuple[str, float]]


def examples_of(config: str) -> list[Message]:
    """Read the training examples; the intent of each is its full label, so that any classifier tells articles apart."""
    importer = TrainingDataImporter.load_from_config(config, "domain.yml", ["data"])
    examples = [example for example in importer.get_nlu_data().intent_examples if example.get(TEXT)]
    return [_labelled(example) for example in examples]


def _labelled(example: Message) -> Message:
    data = {key: value for key, value in example.data.items() if key != INTENT_RESPONSE_KEY}
    return Message({**data, INTENT: full_label(example)})


def fit(config: str, examples: Iterable[Message], folder: Path) -> None:
    """Train the pipeline of a configuration and keep it in a folder."""
    training_data = TrainingData([Message(dict(example.data)) for example in examples])
    folder.mkdir(parents=True, exist_ok=True)
    storage = LocalModelStorage.create(folder)
    for component_class, settings, resource, context in _entries(config):
        component = component_class.create(settings, storage, resource, context)
        if hasattr(component, "train"):
            component.train(training_data)
        if hasattr(component, "process_training_data"):
            component.process_training_data(training_data)


class Pipeline:
    """A fitted pipeline."""

    def __init__(self, config: str, folder: Path) -> None:
        """Load what `fit` kept."""
        storage = LocalModelStorage(folder)
        self._components = [
            component_class.load(settings, storage, resource, context)
            for component_class, settings, resource, context in _entries(config)
        ]

    def ranking(self, text: str, known: Sequence[str]) -> Ranking:
        """Give the labels of a text, best first, with their confidences.

        What a pipeline decides beside the labels (ask back, give up) is left out.
        """
        message = Message({TEXT: text})
        for component in self._components:
            component.process([message])
        labels = set(known)
        ranking: dict[str, float] = {}
        for entry in [message.get(INTENT) or {}, *(message.get(INTENT_RANKING_KEY) or [])]:
            if entry.get("name") in labels:
                ranking.setdefault(str(entry["name"]), float(entry["confidence"]))
        return list(ranking.items())


def _entries(config: str) -> Iterable[tuple[Any, dict[str, Any], Resource, ExecutionContext]]:
    for number, entry in enumerate(read_config_file(config)["pipeline"]):
        name = str(entry["name"])
        component_class = class_from_module_path(STOCK.get(name, name))
        defaults = component_class.get_default_config() if inspect.isclass(component_class) else {}
        settings = {**defaults, **{key: value for key, value in entry.items() if key != "name"}}
        node = f"{name.rpartition('.')[2]}{number}"
        yield component_class, settings, Resource(node), ExecutionContext(GraphSchema({}), node_name=node)
