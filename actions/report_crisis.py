"""The action behind the crisis words: a person at once, before any business matter."""

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.turn import Turn
from actions.typed_case import open_and_hand_over
from helpdesk.cases.fields import CrisisFields
from helpdesk.cases.model import CaseType, Priority


class ReportCrisis(Action):
    """Opens a crisis case and asks for a person at the head of the queue."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_report_crisis"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """Open the case."""
        turn = Turn.of(tracker)
        await open_and_hand_over(
            turn,
            case_type=CaseType.CRISIS,
            priority=Priority.URGENT,
            reason="crisis",
            summary=turn.text,
            fields=CrisisFields(level=turn.crisis),
        )
        return []
