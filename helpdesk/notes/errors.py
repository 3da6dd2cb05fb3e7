"""What is refused about notes."""

from helpdesk.errors import HelpdeskError


class MentionUnknownError(HelpdeskError):
    """A note mentions somebody who does not work at this desk (any more)."""

    code = "mention_unknown"
