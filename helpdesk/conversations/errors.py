"""What is refused about replies, beside what `helpdesk.errors` holds."""

from helpdesk.errors import HelpdeskError


class ReplyHoldsSecretError(HelpdeskError):
    """An agent's text holds a full card or identity number; `secret` names the kind."""

    code = "reply_holds_secret"


class RepliedMeanwhileError(HelpdeskError):
    """A colleague has replied since the agent looked; `agent` names them, `seq` is their last message."""

    code = "replied_meanwhile"
