"""Graph component: decides whether to answer, ask back, give up, run a flow, or drop everything else.

The last component of the pipeline. Rules of the dialogue look at the intent only, so whatever has to change
their course ends here in an intent: urgent cues, the context of an open form, a second miss in a row.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY
from rasa.shared.nlu.training_data.message import Message

from bot.nlu import decision, publication
from bot.nlu.classifier import KNOWN_FEATURES
from bot.nlu.cues import ASKS_FOR_PERSON, CRISIS, GUESS, IS_QUESTION, LOOKS_HARMLESS, SCAM, WANTS_TO_LEAVE
from bot.nlu.fingerprint import source_hash
from bot.nlu.publication import ARTICLE, CANDIDATES, FAQ, RESPONSE_SELECTOR, TOPIC

DECISION = "decision"
REPORT_SCAM = "report_scam"
REQUEST_HUMAN = "request_human"
CRISIS_INTENT = "crisis"
FALLBACK = "nlu_fallback"
CLARIFY = "clarify"
REPEATED_MISS = "repeated_miss"
MISSED_AGAIN = "missed_again"
NOT_HELPFUL = "not_helpful"
AFFIRM = "affirm"
INFORM = "inform"
STOP = "stop"
OUT_OF_SCOPE = "out_of_scope"
MISSES = frozenset({FALLBACK, CLARIFY, OUT_OF_SCOPE, REPEATED_MISS, MISSED_AGAIN})
# Messages after which a person was offered; a yes accepts, and one more that the bot cannot help with goes to a person.
OFFERED_PERSON = frozenset({REPEATED_MISS, NOT_HELPFUL})
# What a customer may say instead of what an open form asks for, without it becoming the form's answer.
INTERRUPTING = frozenset({REQUEST_HUMAN, "greet", "thanks", "goodbye", "bot_challenge", "affirm", "deny", STOP})
URGENT_SCAMS = frozenset({"P0", "P1"})
URGENT_CRISES = frozenset({"C2", "C3"})
UNSURE_SCAM = "P2"
SCAM_TOPIC = "scam_report"
STATE_ENTITY = "scam_state"
DEFAULT_STATE = "paid"
# Of the flows which begin without the classifier.
FLOW_TOPICS = {REPORT_SCAM: SCAM_TOPIC, REQUEST_HUMAN: "human_agent"}
OTHER_TOPIC = "other"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Decider(IntentClassifier, GraphComponent):
    """Turns probabilities, cues and context into one intent and one decision."""

    @classmethod
    def required_components(cls) -> list[type]:
        """There must be an intent to decide on."""
        return [IntentClassifier]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Give the settings with their defaults; docs/nlu.md says how the thresholds were chosen."""
        return {
            # Confidence from which an article is shown or a flow begun.
            "answer": 0.65,
            # Share of the best label's score from which the second is as likely meant: then we ask. Among such
            # examples held out of training, the best article was right in one of three, one of the best three in two.
            "close": 0.7,
            # Confidence from which the nearest articles are worth asking about.
            "clarify": 0.4,
            # Probability from which a report of a scam needs no cue.
            "triage": 0.5,
            # Probability from which small talk or a question may interrupt a form.
            "interrupt": 0.5,
            # Article for whoever suspects a scam which no other article describes.
            "unsure_article": "scam_is_this_scam",
            # Probability from which an article on scams is preferred to that.
            "unsure_answer": 0.12,
        }

    def __init__(self, config: dict[str, Any]) -> None:
        """Keep the thresholds."""
        self._config = config

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Decider:
        """Create the component."""
        return cls(config)

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Decide on each message; the tracker, which Rasa passes, ends before the message."""
        for message in messages:
            intent = self._intent(message, tracker)
            self._set(message, _in_a_row(intent, _said_before(tracker)))
        return messages

    def _intent(self, message: Message, tracker: DialogueStateTracker | None) -> str:
        """Find the intent: danger first, then the form, then the probabilities."""
        found: str = message.get(INTENT)["name"]
        confidence: float = message.get(INTENT)["confidence"]
        scam = message.get(SCAM)
        if message.get(CRISIS) in URGENT_CRISES:
            return CRISIS_INTENT
        if scam and scam["level"] in URGENT_SCAMS:
            return REPORT_SCAM
        if message.get(ASKS_FOR_PERSON):
            return REQUEST_HUMAN
        if tracker is not None and tracker.active_loop_name:
            return self._intent_in_form(message, tracker, found, confidence)
        if not message.get(KNOWN_FEATURES):
            return FALLBACK
        if found == REPORT_SCAM:
            return self._reported_scam(message, confidence)
        if found == CRISIS_INTENT:
            # Examples alone do not prove danger; without a cue it must at least be likely.
            return CRISIS_INTENT if confidence >= self._config["triage"] else self._miss(message)
        # Who asks about a scam is never told that this is not our matter.
        if self._is_sure(message, confidence) and not (scam and found == OUT_OF_SCOPE):
            return found
        if scam and self._answer_suspicion(message):
            return FAQ
        return self._miss(message)

    def _intent_in_form(self, message: Message, tracker: DialogueStateTracker, found: str, confidence: float) -> str:
        """Keep a story for the form that waits for it, unless the customer clearly wants something else.

        A complaint reads much like the article on its subject. Only a question is answered in between, and
        only one: whoever goes on in the same way is telling their story.
        """
        if message.get(WANTS_TO_LEAVE):
            return STOP
        is_clear = confidence >= self._config["interrupt"]
        if is_clear and found in INTERRUPTING:
            return found
        if is_clear and found == FAQ and message.get(IS_QUESTION) and _said_before(tracker) != FAQ:
            return FAQ
        return INFORM

    def _reported_scam(self, message: Message, confidence: float) -> str:
        """Believe the classifier when it is sure, although no rule of the cues has fired."""
        scam = message.get(SCAM)
        is_lesson = scam is not None and scam["level"] != UNSURE_SCAM
        if confidence < self._config["triage"] or is_lesson or message.get(LOOKS_HARMLESS):
            return self._miss(message)
        # Without cues the time is unknown, and a loss of unknown time counts as recent.
        told = {**scam} if scam else {"type": None, "amount": None, "when": None, "spans": []}
        level, state = message.get(GUESS) or ("P0", DEFAULT_STATE)
        told.update(level=level, state=state, score=confidence)
        message.set(SCAM, told, add_to_output=True)
        return REPORT_SCAM

    def _is_sure(self, message: Message, confidence: float) -> bool:
        ranking = message.get(INTENT_RANKING_KEY)
        second = ranking[1]["confidence"] if len(ranking) > 1 else 0.0
        return bool(confidence >= self._config["answer"] and second < self._config["close"] * confidence)

    def _answer_suspicion(self, message: Message) -> bool:
        """Choose an article for somebody who suspects a scam, rather than not to understand them."""
        article, topic = self._config["unsure_article"], SCAM_TOPIC
        for candidate in message.get(CANDIDATES) or []:
            is_article = candidate["intent"].startswith(f"{FAQ}/")
            if is_article and candidate["topic"] == SCAM_TOPIC:
                if candidate["score"] >= self._config["unsure_answer"]:
                    article, topic = candidate["article"], candidate["topic"]
                break
        if not article:
            return False
        score = message.get(INTENT)["confidence"]
        selection = publication.response_selection(article, score)
        message.set(RESPONSE_SELECTOR, selection, add_to_output=True)
        message.set(ARTICLE, article, add_to_output=True)
        message.set(TOPIC, topic, add_to_output=True)
        return True

    def _miss(self, message: Message) -> str:
        """Ask which is meant while the best guess is worth it, and there are articles to choose from."""
        found = message.get(INTENT)
        is_ours = found["name"] != OUT_OF_SCOPE and found["confidence"] >= self._config["clarify"]
        return CLARIFY if is_ours and message.get(CANDIDATES) else FALLBACK

    def _set(self, message: Message, intent: str) -> None:
        if intent == REPORT_SCAM:
            _tell_state(message)
        confidence = message.get(INTENT)["confidence"]
        if intent != message.get(INTENT)["name"]:
            changed = publication.intent_of(intent, confidence)
            message.set(INTENT, changed, add_to_output=True)
            ranking = [changed, *message.get(INTENT_RANKING_KEY)]
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            if intent in FLOW_TOPICS:
                message.set(TOPIC, FLOW_TOPICS[intent], add_to_output=True)
                message.set(ARTICLE, _flow_article(message, intent), add_to_output=True)
            elif intent not in (FAQ, CLARIFY):
                message.set(ARTICLE, None, add_to_output=True)
                if intent != FALLBACK:
                    # Of what was not understood, the likeliest topic still helps whoever reads it later.
                    message.set(TOPIC, OTHER_TOPIC, add_to_output=True)
        message.set(DECISION, decision.decision_for(intent), add_to_output=True)

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Cover what this class calls."""
        return source_hash(decision, publication)


def _in_a_row(intent: str, before: str | None) -> str:
    """Give the intent after the one before: a second miss offers a person, whatever fails after that leads to one."""
    if before in OFFERED_PERSON and intent == AFFIRM:
        return REQUEST_HUMAN
    if before in OFFERED_PERSON | {MISSED_AGAIN} and intent in MISSES | {NOT_HELPFUL}:
        return MISSED_AGAIN
    return REPEATED_MISS if intent in MISSES and before in MISSES else intent


def _tell_state(message: Message) -> None:
    """Give the victim's state as an entity: its slot chooses what `utter_stop_loss` says first."""
    scam = message.get(SCAM) or {}
    entity = {
        "entity": STATE_ENTITY,
        "value": scam.get("state", DEFAULT_STATE),
        "start": 0,
        "end": 0,
        "extractor": DECISION,
    }
    message.set(ENTITIES, [*message.get(ENTITIES, []), entity], add_to_output=True)


def _flow_article(message: Message, intent: str) -> str | None:
    candidates = message.get(CANDIDATES) or []
    return next((c["article"] for c in candidates if c["intent"] == intent), None)


def _said_before(tracker: DialogueStateTracker | None) -> str | None:
    """Give the intent of the message before this one."""
    if tracker is None or tracker.latest_message is None:
        return None
    name: str | None = tracker.latest_message.intent.get("name")
    return name
