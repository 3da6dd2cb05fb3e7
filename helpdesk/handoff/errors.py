"""What is refused when conversations are offered, taken and passed on."""

from helpdesk.errors import HelpdeskError


class OfferedToOtherError(HelpdeskError):
    """It is being offered to somebody else; `agent` names them."""

    code = "offered_to_other"


class NotOfferedError(HelpdeskError):
    """There is no offer to this agent any more."""

    code = "not_offered"


class DeclineReasonUnknownError(HelpdeskError):
    """A reason to decline that does not exist."""

    code = "decline_reason_unknown"


class TransferToSelfError(HelpdeskError):
    """Whoever has a conversation cannot be given it."""

    code = "transfer_to_self"


class AgentCannotServeError(HelpdeskError):
    """The account is not active or may not serve customers; `agent` names it."""

    code = "agent_cannot_serve"


class AgentOfflineError(HelpdeskError):
    """The desk of `agent` is not open."""

    code = "agent_offline"


class AgentAwayError(HelpdeskError):
    """`agent` has declared not to be available."""

    code = "agent_away"


class AgentFullError(HelpdeskError):
    """`agent` has as many conversations as they are given at a time: `capacity`."""

    code = "agent_full"


class TeamOfflineError(HelpdeskError):
    """Nobody of `team` is available now; the customer could wait for them in the queue."""

    code = "team_offline"


class CustomerWroteError(HelpdeskError):
    """The customer wrote something that the agent had not seen."""

    code = "customer_wrote"
