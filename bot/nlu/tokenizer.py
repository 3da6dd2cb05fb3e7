"""Graph component: jieba with our own words, without touching jieba's shared tokenizer."""

from __future__ import annotations

import io
import logging
from pathlib import Path
from typing import Any

import jieba

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.fingerprint import file_hash

DICTIONARY_FILE = "dictionary.txt"

# jieba reports its cache file at debug level through a handler of its own.
logging.getLogger("jieba").setLevel(logging.WARNING)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=True)
class LexiconTokenizer(Tokenizer):
    """Cuts a text into words with jieba and the dictionary of this product.

    Rasa's own JiebaTokenizer changes jieba's process-wide tokenizer, so that one model's words leak into
    the next; it also keeps spaces as tokens and does not notice an edited dictionary.
    """

    @staticmethod
    def supported_languages() -> list[str]:
        """Chinese only."""
        return ["zh"]

    @staticmethod
    def required_packages() -> list[str]:
        """The word cutter."""
        return ["jieba"]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {
            # Our words in jieba's format: word, frequency, optional tag.
            "dictionary": "data/lexicon/jieba.txt",
            # Asked for by Rasa's base class; intents are never cut.
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        dictionary: str,
    ) -> None:
        """Build a jieba instance of this component's own."""
        super().__init__(config)
        self._model_storage = model_storage
        self._resource = resource
        self._dictionary = dictionary
        self._jieba = jieba.Tokenizer()
        self._jieba.load_userdict(io.StringIO(dictionary))

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LexiconTokenizer:
        """Create the component from the dictionary in the repository."""
        dictionary = Path(config["dictionary"]).read_text(encoding="utf-8")
        return cls(config, model_storage, resource, dictionary)

    def train(self, training_data: TrainingData) -> Resource:
        """Keep the dictionary in the model, so that a model always cuts as it was trained."""
        self.persist()
        return self._resource

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Cut one attribute of a message; spaces are no tokens."""
        text = message.get(attribute)
        return [Token(word, start) for word, start, _ in self._jieba.tokenize(text) if not word.isspace()]

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LexiconTokenizer:
        """Load the dictionary from the model."""
        with model_storage.read_from(resource) as folder:
            dictionary = (folder / DICTIONARY_FILE).read_text(encoding="utf-8")
        return cls(config, model_storage, resource, dictionary)

    def persist(self) -> None:
        """Write the dictionary into the model."""
        with self._model_storage.write_to(self._resource) as folder:
            (folder / DICTIONARY_FILE).write_text(self._dictionary, encoding="utf-8")

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Notice an edited dictionary."""
        return file_hash(config, "dictionary")
