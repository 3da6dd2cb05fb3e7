"""Graph component: words and neighbouring words as the tokenizer cut them."""

from __future__ import annotations

from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT_TOKENS
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.featurizer import GramFeaturizer
from bot.nlu.normalise import mask_digits
from bot.nlu.tfidf import Blocks

# Cannot occur inside a word, because spaces are no tokens.
JOINT = " "


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class WordNgramFeaturizer(GramFeaturizer):
    """Words carry what character grams blur: one word of our lexicon is one feature."""

    @classmethod
    def required_components(cls) -> list[type]:
        """Words have to be cut first."""
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults; the first scale is for single words."""
        scales = [0.5, 0.3]
        return {**GramFeaturizer.get_default_config(), "alias": "word_ngrams", "scales": scales}

    def blocks(self, message: Message) -> Blocks:
        """List all runs of neighbouring words, one block for each length; punctuation is skipped."""
        words = [mask_digits(token.text) for token in message.get(TEXT_TOKENS) or [] if token.text[0].isalnum()]
        lengths = range(1, len(self._config["scales"]) + 1)
        return [
            [JOINT.join(words[start : start + length]) for start in range(len(words) - length + 1)]
            for length in lengths
        ]
