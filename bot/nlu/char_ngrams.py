"""Graph component: character n-grams of the normalised text."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.featurizer import GramFeaturizer
from bot.nlu.normalise import mask_digits
from bot.nlu.tfidf import Blocks

# Spaces and punctuation end a statement; a gram across them would be an accident of word order.
BREAK = re.compile(r"[^\w#]+")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class CharNgramFeaturizer(GramFeaturizer):
    """Character grams survive homophones, dialect and wrong word boundaries.

    Rasa's CountVectorsFeaturizer cannot give them for Chinese: it joins jieba's words with spaces first,
    so that a gram never crosses a word boundary.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults; the first scale is for single characters."""
        scales = [1.0, 1.0, 0.5]
        return {**GramFeaturizer.get_default_config(), "alias": "char_ngrams", "scales": scales}

    def blocks(self, message: Message) -> Blocks:
        """List all grams, one block for each length."""
        stretches = BREAK.split(mask_digits(message.get(TEXT) or ""))
        lengths = range(1, len(self._config["scales"]) + 1)
        return [char_grams(stretches, length) for length in lengths]


def char_grams(stretches: list[str], length: int) -> list[str]:
    """List the grams of one length within each stretch of text."""
    return [stretch[start : start + length] for stretch in stretches for start in range(len(stretch) - length + 1)]
