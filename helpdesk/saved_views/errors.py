"""What is refused about saved views."""

from helpdesk.errors import HelpdeskError


class ViewNotFoundError(HelpdeskError):
    """No such view, or it is somebody else's own."""

    code = "view_not_found"


class FilterInvalidError(HelpdeskError):
    """A filter names something that cannot be filtered by; `field` says what."""

    code = "filter_invalid"


class TooManyViewsError(HelpdeskError):
    """An agent keeps `limit` views at most: each is counted again and again."""

    code = "too_many_views"
