"""The action that tells a customer where their cases stand."""

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions import wiring
from actions.turn import Turn
from helpdesk import clock
from helpdesk.cases.service import cases_of_contact
from helpdesk.conversations.store import get_conversation
from helpdesk.texts import text, titles

_SHOWN = 5


class CheckProgress(Action):
    """Lists the cases of the customer behind the conversation, and of nobody else."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_check_progress"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """Say number, type and status of the newest cases."""
        turn = Turn.of(tracker)
        async with wiring.database().reading() as session:
            conversation = await get_conversation(session, turn.conversation_id)
            cases = await cases_of_contact(session, conversation.contact_id, limit=_SHOWN)
        if not cases:
            dispatcher.utter_message(response="utter_no_cases")
            return []
        lines = [
            text(
                "progress",
                "line",
                number=case.number,
                type=titles("case_types")[case.type.value],
                status=titles("case_statuses")[case.status.value],
                day=f"{clock.local(case.opened_at):%Y-%m-%d}",
            )
            for case in cases
        ]
        dispatcher.utter_message(response="utter_progress", cases="\n".join(lines))
        return []
