"""The action that tells a customer where their cases stand."""

from datetime import datetime
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions import wiring
from actions.turn import Turn
from helpdesk import clock
from helpdesk.cases.number import find_number
from helpdesk.cases.progress import Progress, find_progress, not_found_text, progress_of
from helpdesk.conversations.store import get_contact, get_conversation
from helpdesk.texts import text, titles

_SHOWN = 5


class CheckProgress(Action):
    """Tells of the cases of the customer behind the conversation, and of nobody else's.

    Whoever names a number hears of that case. Without one, customers whom the host app has signed in hear of all their
    cases; a guest may share the device with others, and hears how to be signed in or to name a number.
    """

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_check_progress"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """Say number, type, status and the next promised day."""
        turn = Turn.of(tracker)
        number = find_number(turn.text)
        is_found = False
        async with wiring.database().reading() as session:
            conversation = await get_conversation(session, turn.conversation_id)
            contact = await get_contact(session, conversation.contact_id)
            if number is not None:
                one = await find_progress(session, contact.id, number)
                is_found = one is not None
                lines = [_line(one)] if one is not None else [not_found_text(number)]
            elif contact.verified:
                lines = [_line(one) for one in await progress_of(session, contact.id, limit=_SHOWN)]
            else:
                lines = [text("progress", "verify")]
        if not lines:
            dispatcher.utter_message(response="utter_no_cases")
        elif number is None and contact.verified:
            dispatcher.utter_message(response="utter_progress", cases="\n".join(lines))
        else:
            dispatcher.utter_message(text=lines[0], buttons=[] if is_found else [_person()])
        return []


def _person() -> dict[str, str]:
    return {"title": text("buttons", "human"), "payload": "/request_human"}


def _line(one: Progress) -> str:
    line = text(
        "progress",
        "line",
        number=one.number,
        type=titles("case_types")[one.type.value],
        status=one.status_text,
        day=_day(one.opened_at),
    )
    if one.merged_into is not None:
        return line + text("progress", "goes_on_in", number=one.merged_into)
    if one.next_due is not None:
        title, due_at = one.next_due
        return line + text("progress", "due", title=title, day=_day(due_at))
    return line


def _day(at: datetime) -> str:
    return f"{clock.local(at):%Y-%m-%d}"
