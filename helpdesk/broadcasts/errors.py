"""What is refused of broadcasts."""

from helpdesk.errors import HelpdeskError


class BroadcastNotFoundError(HelpdeskError):
    """No such broadcast."""

    code = "broadcast_not_found"


class BroadcastOverError(HelpdeskError):
    """It has expired or was withdrawn already."""

    code = "broadcast_over"


class BroadcastTimeInvalidError(HelpdeskError):
    """A broadcast lasts `least` to `most` minutes."""

    code = "broadcast_time_invalid"
