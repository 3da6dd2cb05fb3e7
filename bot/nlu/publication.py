"""How probabilities become the keys of a message that rules, actions and the gateway read."""

from __future__ import annotations

from typing import Any

import numpy as np

from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.catalogue import Catalogue

RANKING_LENGTH = 10
CANDIDATES = "candidates"
CANDIDATES_LENGTH = 5
TOPIC = "topic"
ARTICLE = "article"
RESPONSE_SELECTOR = "response_selector"
FAQ = "faq"


def publish(message: Message, catalogue: Catalogue, probabilities: np.ndarray) -> None:
    """Set intent, ranking, topic, article, candidates and the response to say.

    Everything is made of plain Python numbers and strings, because it goes into the tracker as JSON.
    """
    order = np.argsort(-probabilities, kind="stable")
    best = catalogue.labels[order[0]]
    message.set(INTENT, intent_of(best.intent, probabilities[order[0]]), add_to_output=True)
    ranking = [intent_of(catalogue.labels[number].name, probabilities[number]) for number in order[:RANKING_LENGTH]]
    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
    message.set(TOPIC, best.topic, add_to_output=True)
    message.set(ARTICLE, best.article, add_to_output=True)
    candidates = []
    for number in order:
        label = catalogue.labels[number]
        if label.article:
            candidates.append(
                {
                    "intent": label.name,
                    "article": label.article,
                    "topic": label.topic,
                    "title": label.title,
                    "score": _rounded(probabilities[number]),
                }
            )
        if len(candidates) == CANDIDATES_LENGTH:
            break
    message.set(CANDIDATES, candidates, add_to_output=True)
    chosen = next((c for c in candidates if c["intent"].startswith(f"{FAQ}/")), None)
    if chosen:
        selection = response_selection(chosen["article"], chosen["score"])
        message.set(RESPONSE_SELECTOR, selection, add_to_output=True)


def publish_nothing(message: Message) -> None:
    """Set the same keys for a message which nothing can be said about."""
    message.set(INTENT, intent_of("", 0.0), add_to_output=True)
    for key in (INTENT_RANKING_KEY, CANDIDATES):
        message.set(key, [], add_to_output=True)
    for key in (TOPIC, ARTICLE):
        message.set(key, None, add_to_output=True)


def intent_of(name: str, confidence: float) -> dict[str, Any]:
    """Shape an intent as Rasa's classifiers do."""
    return {"name": name, "confidence": _rounded(confidence)}


def response_selection(article: str, confidence: float) -> dict[str, Any]:
    """Shape what Rasa's ResponseSelector would publish, so that `utter_faq` says this article."""
    return {
        "all_retrieval_intents": [FAQ],
        FAQ: {
            "response": {
                "responses": [],
                "confidence": confidence,
                "intent_response_key": f"{FAQ}/{article}",
                "utter_action": f"utter_{FAQ}/{article}",
            },
            "ranking": [],
        },
    }


def _rounded(probability: float) -> float:
    return round(float(probability), 4)
