"""What is refused about canned replies."""

from helpdesk.errors import HelpdeskError


class CannedReplyNotFoundError(HelpdeskError):
    """No such canned reply, or it is somebody else's own."""

    code = "canned_reply_not_found"


class ShortcutTakenError(HelpdeskError):
    """Another reply has this shortcut."""

    code = "shortcut_taken"


class ShortcutInvalidError(HelpdeskError):
    """A shortcut is letters, digits, `_`, `-` or Chinese characters, up to `limit` of them."""

    code = "shortcut_invalid"


class VariableUnknownError(HelpdeskError):
    """A reply names a variable that nothing fills; `field` is its name."""

    code = "variable_unknown"


class PromiseForbiddenError(HelpdeskError):
    """A reply promises or says what nobody here may; `rule` quotes it."""

    code = "promise_forbidden"


class OwnDraftError(HelpdeskError):
    """Nobody approves what they wrote themselves."""

    code = "own_draft"


class NoDraftError(HelpdeskError):
    """No draft waits for a decision."""

    code = "no_draft"


class GapLeftError(HelpdeskError):
    """A reply still holds a gap that the agent has to fill; `field` quotes it."""

    code = "gap_left"
