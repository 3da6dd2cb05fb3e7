"""What is refused of ratings beside the errors of all features."""

from helpdesk.errors import HelpdeskError


class RatingSubjectUnknownError(HelpdeskError):
    """No such session or answer in this conversation, or none that can be rated."""

    code = "rating_subject_unknown"


class RatingReasonUnknownError(HelpdeskError):
    """A reason that is not offered."""

    code = "rating_reason_unknown"


class RatingEmptyError(HelpdeskError):
    """Neither a score nor a word on whether the matter is solved."""

    code = "rating_empty"
