"""What a typed message means in its conversation: two questions at once, or one that goes on about the last answer.

The pipeline reads a message by itself. Where that leaves something open, parts or completions of the message go through
the same pipeline, and this module chooses. Danger, a wish for a person and an open form are never touched.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu import context
from bot.nlu.decision import ANSWER, FLOW, HANDOFF, TRIAGE, decision_for
from bot.nlu.follow_ups import Kind

Parsed = dict[str, Any]
Parse = Callable[[str], Awaitable[Parsed]]

ALSO = "also"
OFFERED = "offered"
CLARIFY_INTENT = "clarify"
REPEATED_MISS = "repeated_miss"
MISSED_AGAIN = "missed_again"
NOT_HELPFUL = "not_helpful"
OUT_OF_SCOPE = "out_of_scope"
# Misses that may have a reason in the message itself; what is none of our matters stays so.
UNSURE = frozenset({"nlu_fallback", CLARIFY_INTENT, REPEATED_MISS, MISSED_AGAIN})
# What the meaning of a message consists of; cues and entities always stay those of the whole message.
MEANING = ("intent", "intent_ranking", "topic", "article", "candidates", "response_selector", "decision")
# Rasa leaves out what is null.
NOTHING: Parsed = {"topic": None, "article": None, "candidates": []}
# Kinds of follow-ups that can only be read with what was said before.
SAY_NOTHING = frozenset({Kind.BARE, Kind.EMPTY})
# Probability from which a message is clear whatever was said before.
CLEAR = 0.85
# Probability from which a clause is a question of its own although no word says so. With it, 12 of the 10,984 questions
# of the articles got a second answer; without it 43, and most of those answers were beside the point.
CERTAIN = 0.7
# How many times as probable as the last answer another one must be, for not being that answer again.
LEAD = 2.0
# Probability from which an article that belongs to the last answer may be offered.
NEAR = 0.03
BUTTONS = 3


async def read(processor: MessageProcessor, message: UserMessage, tracker: DialogueStateTracker) -> Parsed:
    """Read a typed message in its conversation.

    Returns:
        What the pipeline gives, and with it `also`, the articles which answer further questions of the message, and
        `offered`, candidates for a further question which is not clear.
    """

    async def parse(text: str) -> Parsed:
        return {**NOTHING, **await processor.parse_message(UserMessage(text, sender_id=message.sender_id))}

    parsed = {**NOTHING, **await processor.parse_message(message, tracker)}
    hints = {key: parsed.pop(key, None) for key in context.KEYS}
    parsed.update({ALSO: [], OFFERED: []})
    if tracker.active_loop_name or parsed["decision"] in (TRIAGE, HANDOFF):
        return parsed
    if hints[context.CLAUSES] and (_may_change(parsed) or parsed["intent"]["name"] == OUT_OF_SCOPE):
        readings = [await parse(clause["text"]) for clause in hints[context.CLAUSES]]
        return two_answers(parsed, hints[context.CLAUSES], readings) or parsed
    # Who sounds endangered or cheated is taken at their word.
    if hints[context.FOLLOWS] and not (parsed.get("crisis") or parsed.get("scam")):
        return await _read_follow_up(parsed, Kind(hints[context.FOLLOW_UP]), hints[context.FOLLOWS], parse)
    return parsed


def two_answers(parsed: Parsed, clauses: Sequence[Mapping[str, Any]], readings: Sequence[Parsed]) -> Parsed | None:
    """Answer two questions of different topics, or answer one and offer the other.

    Args:
        parsed: The reading of the whole message.
        clauses: Its clauses, as `ContextReader` publishes them.
        readings: The reading of each.

    Returns:
        None where the message is one question, told in clauses.
    """
    if any(reading["decision"] in (TRIAGE, HANDOFF) for reading in readings):
        return None
    is_added = any(clause["is_added"] for clause in clauses)
    enough = 0.0 if is_added else CERTAIN
    sure = [r for r in readings if r["decision"] == ANSWER and r["intent"]["confidence"] >= enough]
    if not sure:
        return None
    articles = {reading["article"] for reading in sure}
    if parsed["decision"] == ANSWER and parsed["article"] not in articles:
        return None
    first = sure[0]
    second = next((reading for reading in sure[1:] if reading["topic"] != first["topic"]), None)
    if second is not None:
        return {**_with_meaning(parsed, first), ALSO: [second["article"]]}
    offered = [
        candidate
        for reading in readings
        if reading is not first and (is_added or parsed["decision"] != ANSWER)
        for candidate in _offer(reading)
        if candidate["article"] != first["article"]
    ]
    if offered or (is_added and parsed["decision"] != ANSWER):
        return {**_with_meaning(parsed, first), OFFERED: offered[:BUTTONS]}
    return None


def _offer(reading: Parsed) -> list[Mapping[str, Any]]:
    """Give the candidates which a clause that gets no answer may be about."""
    candidates: list[Mapping[str, Any]] = reading["candidates"]
    if reading["decision"] == FLOW:
        return [c for c in candidates if c["intent"] == reading["intent"]["name"]][:1]
    if reading["decision"] == ANSWER:
        return [c for c in candidates if c["article"] == reading["article"]]
    return [c for c in candidates if c["score"] >= NEAR] if reading["intent"]["name"] == CLARIFY_INTENT else []


async def _read_follow_up(parsed: Parsed, kind: Kind, follows: Mapping[str, Any], parse: Parse) -> Parsed:
    if kind is Kind.UNHELPFUL:
        return _with_intent(parsed, NOT_HELPFUL)
    if not _may_follow(parsed, kind, follows):
        return parsed
    completed = await parse(follows["composed"])
    subject = await parse(follows["subject"])
    return completed_follow_up(parsed, kind, follows, completed, subject)


def _may_follow(parsed: Parsed, kind: Kind, follows: Mapping[str, Any]) -> bool:
    """Tell whether the conversation may change what a message means by itself."""
    if kind in SAY_NOTHING:
        return True
    if not _may_change(parsed):
        return False
    if parsed["decision"] != ANSWER:
        return True
    return kind is Kind.CONTINUED and parsed["intent"]["confidence"] < CLEAR and not _is_near(parsed, follows)


def completed_follow_up(
    parsed: Parsed, kind: Kind, follows: Mapping[str, Any], completed: Parsed, subject: Parsed
) -> Parsed:
    """Choose what a follow-up means.

    Args:
        parsed: The reading of the message alone.
        kind: How much it depends on the answer before.
        follows: That answer, as `ContextReader` publishes it.
        completed: The reading of the message with the subject of that answer in front.
        subject: The reading of that subject alone: what it finds, the message has not asked for.
    """
    scores = {c["article"]: c["score"] for c in completed["candidates"]}
    known = {follows["article"], subject["article"]}
    found = completed["article"]
    is_answer = (
        kind is not Kind.EMPTY
        and completed["decision"] == ANSWER
        and found not in known
        and _is_near(completed, follows)
        and scores.get(found, 0.0) >= LEAD * scores.get(follows["article"], 0.0)
    )
    if is_answer:
        return _with_meaning(parsed, completed)
    if kind not in SAY_NOTHING or parsed["intent"]["name"] in (REPEATED_MISS, MISSED_AGAIN):
        return parsed
    near = [c for c in completed["candidates"] if c["score"] >= NEAR and _is_near(c, follows)]
    offered: dict[str, Mapping[str, Any]] = {}
    for candidate in [*near, *follows["related"]]:
        if candidate["article"] != follows["article"]:
            offered.setdefault(candidate["article"], candidate)
    if not offered:
        return parsed
    candidates = list(offered.values())[:BUTTONS]
    return {**_with_intent(parsed, CLARIFY_INTENT), "candidates": candidates, "topic": follows["topic"]}


def _is_near(found: Mapping[str, Any], follows: Mapping[str, Any]) -> bool:
    related = {candidate["article"] for candidate in follows["related"]}
    return found["topic"] == follows["topic"] or found["article"] in related


def _may_change(parsed: Parsed) -> bool:
    return parsed["decision"] == ANSWER or parsed["intent"]["name"] in UNSURE


def _with_meaning(parsed: Parsed, other: Parsed) -> Parsed:
    return {**parsed, **{key: other.get(key) for key in MEANING}}


def _with_intent(parsed: Parsed, name: str) -> Parsed:
    intent = {"name": name, "confidence": parsed["intent"]["confidence"]}
    ranking = [intent, *parsed.get("intent_ranking", [])]
    return {**parsed, "intent": intent, "intent_ranking": ranking, "decision": decision_for(name), "article": None}
