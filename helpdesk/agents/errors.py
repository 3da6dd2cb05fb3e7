"""Refusals of second factors and desk sessions."""

from helpdesk.errors import HelpdeskError


class SecondFactorNeededError(HelpdeskError):
    """The account must have a second factor before anything else is done."""

    code = "second_factor_needed"


class SecondFactorRequiredError(HelpdeskError):
    """An administrator requires it; the agent cannot turn it off."""

    code = "second_factor_required"


class SecondFactorExistsError(HelpdeskError):
    """A second factor is in use; it must be turned off or reset first."""

    code = "second_factor_exists"


class SecondFactorMissingError(HelpdeskError):
    """There is no second factor, or none that waits to be confirmed."""

    code = "second_factor_missing"


class CodeInvalidError(HelpdeskError):
    """The code is wrong, too old or used already."""

    code = "code_invalid"


class DeskSessionNotFoundError(HelpdeskError):
    """No such session of the asker."""

    code = "desk_session_not_found"


class SecondFactorUnreadableError(HelpdeskError):
    """The stored secret cannot be decrypted: the key was changed; an administrator has to reset it."""

    code = "second_factor_unreadable"
