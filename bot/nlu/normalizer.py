"""Graph component: puts every text into its normalised form before anything else looks at it."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import normalise
from bot.nlu.fingerprint import source_hash
from bot.nlu.normalise import Normalised, normalise_with_offsets

NORMALISED = "normalised"
# What was typed; the tracker has it as well, but no component sees the tracker's.
ORIGINAL = "original"


# Registered as a featuriser because only tokenizers and featurisers also see the training data, and
# Rasa allows one tokenizer.
@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class Normalizer(GraphComponent):
    """Replaces the text of a message by its normalised form.

    The tracker keeps what the customer typed: Rasa takes that from the channel's message. Since the new
    text never begins with a slash, Rasa's last NLU node cannot read it as a command either.
    """

    @staticmethod
    def supported_languages() -> list[str]:
        """Chinese only: the script tables are."""
        return ["zh"]

    @staticmethod
    def required_packages() -> list[str]:
        """OpenCC brings the table from traditional to simplified characters."""
        return ["opencc"]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Normalizer:
        """Create the component; it has no settings."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Normalise the examples exactly as messages will be."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the normalised text, and the offsets which lead back to the original."""
        for message in messages:
            text = message.get(TEXT)
            if isinstance(text, str):
                normalised = normalise_with_offsets(text)
                message.set(TEXT, normalised.text)
                message.set(NORMALISED, list(normalised.offsets))
                message.set(ORIGINAL, text)
        return messages

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Cover the function behind this class, which Rasa's own fingerprint does not see."""
        return source_hash(normalise)


def original_span(message: Message, start: int, end: int) -> tuple[int, int]:
    """Translate a span of a message's text into one of what the customer typed."""
    offsets = message.get(NORMALISED)
    if not offsets:
        return (start, end)
    return Normalised(message.get(TEXT) or "", tuple(offsets)).original_span(start, end)
