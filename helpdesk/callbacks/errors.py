"""What is refused around calls that customers wish for."""

from helpdesk.errors import HelpdeskError


class CallbackNotOpenError(HelpdeskError):
    """A call can be wished for only while waiting for a person, and taken back only while one is wished for."""

    code = "callback_not_open"


class CallbackWindowGoneError(HelpdeskError):
    """The window is not, or no longer, one of those offered."""

    code = "callback_window_gone"


class PhoneInvalidError(HelpdeskError):
    """No telephone number of mainland China."""

    code = "phone_invalid"


class CallbackNotFoundError(HelpdeskError):
    """There is no such call on the list."""

    code = "callback_not_found"


class CallbackTakenError(HelpdeskError):
    """Another agent is calling; `agent` names them."""

    code = "callback_taken"


class CallbackNotTakenError(HelpdeskError):
    """The agent has not looked the number up, so they cannot have called."""

    code = "callback_not_taken"
