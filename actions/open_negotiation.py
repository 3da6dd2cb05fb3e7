"""The action at the end of the negotiation form."""

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.interfaces import Action, Tracker
from rasa_sdk.types import DomainDict

from actions.turn import Turn
from actions.typed_case import open_and_hand_over
from helpdesk.cases.fields import NegotiationFields
from helpdesk.cases.model import CaseType
from helpdesk.handoff.rules import priority_of


class OpenNegotiation(Action):
    """Registers a request for other terms; nothing is promised."""

    def name(self) -> str:
        """Return the action's name in domain.yml."""
        return "action_open_negotiation"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict) -> list[EventType]:
        """Open the case, tell its number and empty the form."""
        turn = Turn.of(tracker)
        hardship = str(tracker.get_slot("hardship_detail") or turn.text)
        number = await open_and_hand_over(
            turn,
            case_type=CaseType.NEGOTIATION,
            priority=priority_of("negotiation"),
            reason="negotiation",
            summary=hardship,
            fields=NegotiationFields(hardship=hardship),
        )
        dispatcher.utter_message(response="utter_negotiation_opened", case_number=number)
        return [SlotSet("hardship_detail", None)]
