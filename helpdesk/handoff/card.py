"""The handoff card: what an agent needs to know so that the customer repeats nothing."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.cases import service as cases
from helpdesk.cases.model import Case, CaseType
from helpdesk.conversations import store
from helpdesk.conversations.model import Assignment, Conversation, Message, Owner, Sender
from helpdesk.database import Json
from helpdesk.handoff.card_parts import candidates_of, details_of, doubt_of, last_turns
from helpdesk.handoff.care import care_view
from helpdesk.privacy.hiding import hidden_phones
from helpdesk.scams.view import scam_view
from helpdesk.texts import titles

_SAID = 5
_LOOKED_AT = 200
_SUMMARY = 80
_SUGGESTED = 3
# Below this the classifier only fills its list.
_LEAST_SCORE = 0.05
_EARLIER = 5
_MISSES = {"clarify", "fallback"}


async def build_card(
    session: AsyncSession, conversation: Conversation, article_titles: Mapping[str, str]
) -> Json | None:
    """Return the `HandoffCard` of docs/protocol.md, or None where there never was a handoff."""
    assignments = await store.assignments_of(session, conversation.id)
    handoff = next((a for a in reversed(assignments) if a.owner is Owner.QUEUED), None)
    if handoff is None:
        return None
    messages = await store.last_messages(session, conversation.id, limit=_LOOKED_AT)
    said = [message for message in messages if message.sender is Sender.CUSTOMER]
    # What was said before the handoff explains it; what came later would only blur it.
    before = [message for message in said if message.created_at <= handoff.started_at] or said
    earlier = await cases.cases_of_contact(session, conversation.contact_id)
    own = await cases.case_ids_of(session, conversation.id)
    scam_case = next((case for case in earlier if case.id in own and case.type is CaseType.SCAM), None)
    return {
        "reason": handoff.reason,
        "reason_text": reason_text(handoff),
        "summary": _summary(before),
        "said": [hidden_phones(message.text) for message in said[-_SAID:]],
        "intent": _intent(before, article_titles),
        "articles": _articles(messages, article_titles),
        "details": details_of(said),
        "turns": last_turns([message for message in messages if message.created_at <= handoff.started_at]),
        "doubt": doubt_of(before, article_titles),
        "suggestions": _suggestions(said, article_titles),
        "misses": sum(1 for message in said if (message.nlu or {}).get("decision") in _MISSES),
        "scam": _scam(said, scam_case),
        "care": await care_view(session, conversation.contact_id),
        "earlier_conversations": await store.count_earlier_conversations(session, conversation),
        "earlier": await _earlier(session, conversation),
        "earlier_cases": [_case_label(case) for case in earlier if case.id not in own],
    }


def reason_text(assignment: Assignment) -> str:
    """Return the reason in words, with the note a person left."""
    reasons = titles("reasons") | titles("resolutions")
    words = reasons.get(assignment.reason, assignment.reason)
    return f"{words}\N{FULLWIDTH COLON}{assignment.note}" if assignment.note else words


def _summary(said: Sequence[Message]) -> str:
    # A request for a person says nothing of the matter; the words before it do.
    telling = [m for m in said if _intent_name(m) not in {"request_human", "greet", "thanks", "affirm", "deny"}]
    words = " ".join(hidden_phones((telling or said)[-1].text).split()) if said else ""
    return words if len(words) <= _SUMMARY else words[: _SUMMARY - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _intent_name(message: Message) -> str:
    return str(((message.nlu or {}).get("intent") or {}).get("name") or "")


def _intent(said: Sequence[Message], article_titles: Mapping[str, str]) -> Json | None:
    for message in reversed(said):
        nlu = message.nlu or {}
        intent = nlu.get("intent") or {}
        if not intent.get("name"):
            continue
        article = nlu.get("article")
        title = article_titles.get(article) if article else None
        return {
            "name": article or intent["name"],
            "title": title or titles("intents").get(intent["name"], intent["name"]),
            "confidence": float(intent.get("confidence") or 0.0),
        }
    return None


def _articles(messages: Sequence[Message], article_titles: Mapping[str, str]) -> list[Json]:
    shown: dict[str, Json] = {}
    for message in messages:
        if message.article_id is not None:
            shown[message.article_id] = {
                "id": message.article_id,
                "title": article_titles.get(message.article_id, message.article_id),
                "version": message.article_version,
            }
    return list(shown.values())


def _scam(said: Sequence[Message], case: Case | None) -> Json | None:
    """Return the gravest cue with the words that gave it, and what the scam case knows.

    Without a case (a cue that opens none), what later messages add to the cue (amount, time) is taken over.
    """
    found = [(message, message.nlu["scam"]) for message in said if message.nlu and message.nlu.get("scam")]
    if not found and case is None:
        return None
    shown: Json = {"spans": [], "text": case.summary if case else ""}
    if found:
        message, scam = min(found, key=lambda pair: str(pair[1].get("level") or "P9"))
        shown = {
            "level": scam.get("level"),
            "type": scam.get("type") or _latest(found, "type"),
            "state": scam.get("state"),
            "amount_fen": _latest(found, "amount"),
            "when": _latest(found, "when"),
            "spans": scam.get("spans") or [],
            "text": message.text,
            "message": message.id,
        }
    return shown | (scam_view(case) if case else {})


def _latest(found: Sequence[tuple[Message, Json]], name: str) -> object:
    return next((cue[name] for _, cue in reversed(found) if cue.get(name) is not None), None)


def _suggestions(said: Sequence[Message], article_titles: Mapping[str, str]) -> list[Json]:
    """Return the articles that fit what the customer said last; empty where the bot thought of none."""
    understood = next((message for message in reversed(said) if message.nlu is not None), None)
    found = candidates_of(understood, article_titles) if understood else []
    return [article for article in found if article["score"] >= _LEAST_SCORE][:_SUGGESTED]


async def _earlier(session: AsyncSession, conversation: Conversation) -> list[Json]:
    words = titles("resolutions")
    return [
        {
            "opened_at": earlier.opened_at.isoformat(),
            "channel": earlier.channel,
            "resolution_text": words.get(earlier.resolution or ""),
        }
        for earlier in await store.earlier_conversations(session, conversation, limit=_EARLIER)
    ]


def _case_label(case: Case) -> Json:
    return {
        "number": case.number,
        "type_text": titles("case_types")[case.type.value],
        "status_text": titles("case_statuses")[case.status.value],
    }
