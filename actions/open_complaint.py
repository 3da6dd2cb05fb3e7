"""The action at the end of the complaint form."""

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.turn import Turn
from actions.typed_case import open_and_hand_over
from helpdesk.cases.fields import ComplaintFields
from helpdesk.cases.model import CaseType
from helpdesk.handoff.rules import priority_of


class OpenComplaint(Action):
    """Registers a complaint first and asks nothing that would put the customer off."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_open_complaint"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Open the case, tell its number and empty the form."""
        turn = Turn.of(tracker)
        detail = str(tracker.get_slot("complaint_detail") or turn.text)
        number = await open_and_hand_over(
            turn,
            case_type=CaseType.COMPLAINT,
            priority=priority_of("complaint"),
            reason="complaint",
            summary=detail,
            fields=ComplaintFields(detail=detail),
        )
        dispatcher.utter_message(response="utter_complaint_opened", case_number=number)
        return [SlotSet("complaint_detail", None)]
