"""The labels a message can get, each with its article, topic and title."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT
from rasa.shared.nlu.training_data.message import Message

FILE = "labels.json"
DEFAULT_TOPIC = "other"


@dataclass(frozen=True)
class Label:
    """One class: a flow intent, or the retrieval intent with its article."""

    name: str
    topic: str
    article: str | None
    title: str | None

    @property
    def intent(self) -> str:
        """The intent as the dialogue rules know it, without the article."""
        return self.name.split("/", 1)[0]


class Catalogue:
    """All labels in a fixed order, which is the order of the columns of the classifier's weights."""

    def __init__(self, labels: Iterable[Label]) -> None:
        """Number the labels in the order given."""
        self.labels = tuple(labels)
        self.numbers = {label.name: number for number, label in enumerate(self.labels)}

    @classmethod
    def from_examples(cls, examples: Iterable[Message]) -> Catalogue:
        """Collect the labels of training examples, with what the importer and data/nlu say about them.

        A flow intent has examples from its article and from data/nlu; whichever knows more is used.
        """
        known: dict[str, Label] = {}
        for example in examples:
            name = full_label(example)
            metadata = example.get(METADATA, {}).get(METADATA_INTENT) or {}
            label = Label(
                name=name,
                topic=metadata.get("topic", DEFAULT_TOPIC),
                article=metadata.get("article"),
                title=metadata.get("title"),
            )
            if (
                name not in known
                or (label.article and not known[name].article)
                or (known[name].topic == DEFAULT_TOPIC and label.topic != DEFAULT_TOPIC)
            ):
                known[name] = label
        return cls(known[name] for name in sorted(known))

    def numbers_of(self, examples: Iterable[Message]) -> list[int]:
        """Give the label number of each example."""
        return [self.numbers[full_label(example)] for example in examples]

    def numbered(self, factors: Mapping[str, float]) -> dict[int, float]:
        """Give factors of labels by number; labels without examples are left out."""
        return {self.numbers[name]: f for name, f in factors.items() if name in self.numbers}

    def topic_numbers(self) -> list[int]:
        """Give the topic of each label as a number."""
        topics = sorted({label.topic for label in self.labels})
        return [topics.index(label.topic) for label in self.labels]

    def save(self, folder: Path) -> None:
        """Write the labels into a folder."""
        labels = [asdict(label) for label in self.labels]
        (folder / FILE).write_text(json.dumps(labels, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Catalogue:
        """Read what `save` wrote."""
        labels = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return cls(Label(**label) for label in labels)


def full_label(example: Message) -> str:
    """Give `faq/<id>` or the flow intent of a training example."""
    label: str = example.get("intent_response_key") or example.get(INTENT)
    return label
