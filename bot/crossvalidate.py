"""Cross-validation of the classifier on the training data: `python -m bot.crossvalidate`.

Prints accuracy and calibration on examples the model has not seen, and what each threshold of
`bot/nlu/fallback.py` would do. Near paraphrases never stand on both sides. The articles' questions are
written to differ from one another, so these figures are lower than those on a sample of real messages.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ["RASA_TELEMETRY_ENABLED"] = "false"

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.utils.common import class_from_module_path
from rasa.shared.utils.io import read_config_file
from scipy.sparse import csr_matrix, vstack

from bot.nlu import linear
from bot.nlu.catalogue import Catalogue
from bot.nlu.classifier import LinearClassifier, features_of, objective_for
from bot.nlu.scorer import Scorer

OUT_OF_SCOPE = "out_of_scope"
THRESHOLDS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7)
SEEDS = (42, 43, 44)
BINS = 10


def main() -> int:
    """Run the validation and print its figures; the result is the exit status."""
    parser = argparse.ArgumentParser(description="Cross-validate the classifier.")
    parser.add_argument("--config", default="config.yml")
    arguments = parser.parse_args()
    examples, rows, settings = featurised(arguments.config)
    catalogue = Catalogue.from_examples(examples)
    labels = np.array(catalogue.numbers_of(examples))
    print(f"{len(examples)} examples, {len(catalogue.labels)} labels, {rows.shape[1]} features")
    objective = objective_for(catalogue, settings)
    outside = labels == catalogue.numbers.get(settings["outside"], -1)
    texts = [example.get(TEXT) for example in examples]
    for seed in SEEDS:
        begun = time.perf_counter()
        folds = linear.grouped_folds(
            rows, folds=settings["folds"], similarity=settings["sibling_similarity"], seed=seed
        )
        probabilities = np.zeros((len(examples), len(catalogue.labels)))
        for fold in folds:
            rest = np.setdiff1d(np.arange(len(examples)), fold)
            scorer = Scorer.fit(rows[rest], [texts[n] for n in rest], labels[rest], outside[rest], objective, settings)
            probabilities[fold] = [scorer.probabilities(rows[n], texts[n]) for n in fold]
        print(f"\nseed {seed}: {time.perf_counter() - begun:.0f} s")
        print_figures(probabilities, labels, catalogue)
    print_thresholds(probabilities, labels, catalogue)
    return 0


def featurised(config: str) -> tuple[list[Message], csr_matrix, dict[str, Any]]:
    """Run the examples through the pipeline up to the classifier.

    Returns:
        The examples, their features, and the settings of the classifier.
    """
    importer = TrainingDataImporter.load_from_config(config, "domain.yml", ["data"])
    training_data = importer.get_nlu_data()
    with tempfile.TemporaryDirectory() as folder:
        storage = LocalModelStorage.create(Path(folder))
        for number, entry in enumerate(read_config_file(config)["pipeline"]):
            name = f"{entry.pop('name')}"
            component_class = class_from_module_path(name)
            settings = {**component_class.get_default_config(), **entry}
            if component_class is LinearClassifier:
                break
            context = ExecutionContext(GraphSchema({}), node_name=f"{name}{number}")
            component = component_class.create(settings, storage, Resource(f"{number}"), context)
            if hasattr(component, "train"):
                component.train(training_data)
            component.process_training_data(training_data)
    examples = [example for example in training_data.intent_examples if example.get(TEXT)]
    rows = vstack([features_of(example) for example in examples], format="csr")
    return examples, rows, settings


def print_figures(probabilities: np.ndarray, labels: np.ndarray, catalogue: Catalogue) -> None:
    """Print how often the first label, one of the first three, and the topic are right."""
    topics = np.array([label.topic for label in catalogue.labels])
    best = probabilities.argmax(axis=1)
    first_three = np.argsort(-probabilities, axis=1)[:, :3]
    right = best == labels
    top3 = (first_three == labels[:, None]).any(axis=1)
    topic = topics[best] == topics[labels]
    per_label = [right[labels == number].mean() for number in range(len(topics))]
    print(
        f"accuracy {right.mean():.3f}  macro {np.mean(per_label):.3f}  top-3 {top3.mean():.3f}  "
        f"topic {topic.mean():.3f}  calibration error {calibration_error(probabilities, topic):.3f}"
    )


def calibration_error(probabilities: np.ndarray, right: np.ndarray) -> float:
    """Give the mean distance between how sure the model is and how often it is right."""
    confidence = probabilities.max(axis=1)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    errors = [
        (bins == number).mean() * abs(confidence[bins == number].mean() - right[bins == number].mean())
        for number in range(BINS)
        if (bins == number).any()
    ]
    return float(sum(errors))


def print_thresholds(probabilities: np.ndarray, labels: np.ndarray, catalogue: Catalogue) -> None:
    """Print what an answer threshold accepts: of our matters, rightly, and of what is not ours."""
    outside = np.array([catalogue.labels[number].name == OUT_OF_SCOPE for number in labels])
    says_outside = catalogue.numbers.get(OUT_OF_SCOPE, -1)
    best, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    print("\nthreshold  answered  of these right  out of scope answered")
    for threshold in THRESHOLDS:
        answered = (confidence >= threshold) & (best != says_outside)
        inside = answered & ~outside
        right = (best == labels)[inside].mean()
        wrongly = answered[outside].mean() if outside.any() else 0.0
        share = inside.sum() / (~outside).sum()
        print(f"{threshold:9.2f}  {share:8.3f}  {right:14.3f}  {wrongly:21.3f}")


if __name__ == "__main__":
    sys.exit(main())
