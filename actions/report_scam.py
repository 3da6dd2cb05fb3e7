"""The action behind the stop-loss words: a scam case at the head of the queue."""

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.turn import Turn
from actions.typed_case import open_and_hand_over
from helpdesk.cases.fields import ScamFields
from helpdesk.cases.model import CaseType, Priority


class ReportScam(Action):
    """Opens the scam case with what the customer said and asks for a person at once."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_report_scam"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[dict[str, Any]]:
        """Open the case; the gateway tells the customer its number."""
        turn = Turn.of(tracker)
        scam = turn.scam or {}
        amount = scam.get("amount")
        level = scam.get("level")
        await open_and_hand_over(
            turn,
            case_type=CaseType.SCAM,
            priority=Priority.URGENT,
            reason="scam_p1" if level == "P1" else "scam_p0",
            summary=turn.text,
            fields=ScamFields(
                level=level,
                scam_type=scam.get("type"),
                state=scam.get("state"),
                amount_fen=amount if isinstance(amount, int) else None,
                transferred_when=scam.get("when"),
                statements=turn.said,
            ),
        )
        return []
