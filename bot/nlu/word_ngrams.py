"""Graph component: single words and neighbouring words as the tokenizer cut them."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.ngram_featurizer import NgramFeaturizer
from bot.nlu.normalise import mask_digits

# Cannot occur inside a word, because spaces are no tokens.
JOINT = " "


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class WordNgramFeaturizer(NgramFeaturizer):
    """Words carry what character grams blur: one word of our lexicon is one feature."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Words have to be cut first."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {**NgramFeaturizer.get_default_config(), "alias": "word_ngrams", "max_ngram": 2}

    def grams(self, message: Message) -> list[str]:
        """List all runs of neighbouring words; punctuation is skipped."""
        words = [mask_digits(token.text) for token in message.get(TEXT_TOKENS) or [] if token.text[0].isalnum()]
        lengths = range(self._config["min_ngram"], self._config["max_ngram"] + 1)
        return [
            JOINT.join(words[start : start + length]) for length in lengths for start in range(len(words) - length + 1)
        ]
