"""Graph component: character n-grams of the normalised text."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.ngram_featurizer import NgramFeaturizer
from bot.nlu.normalise import mask_digits

# Spaces and punctuation end a statement; a gram across them would be an accident of word order.
BREAK = re.compile(r"[^\w#]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class CharNgramFeaturizer(NgramFeaturizer):
    """Character grams survive homophones, dialect and wrong word boundaries.

    Rasa's CountVectorsFeaturizer cannot give them for Chinese: it joins jieba's words with spaces first,
    so that a gram never crosses a word boundary.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults."""
        return {**NgramFeaturizer.get_default_config(), "alias": "char_ngrams", "max_ngram": 4}

    def grams(self, message: Message) -> list[str]:
        """List all grams within each stretch of text without a break."""
        lengths = range(self._config["min_ngram"], self._config["max_ngram"] + 1)
        return char_grams(message.get(TEXT) or "", lengths)


def char_grams(text: str, lengths: range) -> list[str]:
    """List the character grams of a text, for the given lengths."""
    return [
        stretch[start : start + length]
        for stretch in BREAK.split(mask_digits(text))
        for length in lengths
        for start in range(len(stretch) - length + 1)
    ]
