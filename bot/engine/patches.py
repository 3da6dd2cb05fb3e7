"""Every change to Rasa's own code, in one place and for exactly one version."""

from __future__ import annotations

from typing import Any

import rasa
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.exceptions import RasaException

from bot.engine.failures import note_failure

RASA_VERSION = "3.6.21"


class UnknownRasaError(RasaException):
    """Rasa is not the version which the patches were written for."""


class CustomActionError(RasaException):
    """A custom action failed; says which and why, but not with what content."""


def check_version() -> None:
    """Refuse to patch, or to call private parts of, a Rasa we have not read.

    Raises:
        UnknownRasaError: The installed version is another one.
    """
    if rasa.__version__ != RASA_VERSION:
        raise UnknownRasaError(
            f"bot/engine was written against Rasa {RASA_VERSION}, but {rasa.__version__} is "
            f"installed. Read the changes, then raise RASA_VERSION."
        )


def apply() -> None:
    """Apply all patches; a second call changes nothing."""
    check_version()
    if not hasattr(RemoteAction.run, "_wrapped"):
        RemoteAction.run = _reporting(RemoteAction.run)
    if not hasattr(RemoteAction._action_call_format, "_wrapped"):
        RemoteAction._action_call_format = _with_domain(RemoteAction._action_call_format)


def _reporting(run: Any) -> Any:
    """Wrap `RemoteAction.run` so that the channel learns of a failed action.

    `MessageProcessor._run_action` catches every exception of an action, logs it with the server's answer
    and goes on, so that a turn in which no case was opened looks like a good one. The original error may
    quote the conversation, hence only its type is kept.
    """

    async def run_and_report(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        try:
            return await run(self, *args, **kwargs)
        except ActionExecutionRejection:
            note_failure(self.name())
            raise
        except Exception as error:
            note_failure(self.name())
            cause = type(error.__cause__ or error).__name__
            raise CustomActionError(f"Action {self.name()} failed: {cause}") from None

    run_and_report._wrapped = run  # type: ignore[attr-defined]  # marks the patch as applied
    return run_and_report


def _with_domain(call_format: Any) -> Any:
    """Wrap `RemoteAction._action_call_format` so that a call always has a `domain`, if an empty one.

    With a selective domain, Rasa 3.6 leaves the field out for actions that do not need it; rasa-sdk 3.10 and later
    answer such a call with status 449 and wait for a retry which this Rasa does not know of.
    """

    def format_call(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        call = call_format(self, *args, **kwargs)
        call.setdefault("domain", {})
        return call

    format_call._wrapped = call_format  # type: ignore[attr-defined]  # marks the patch as applied
    return format_call
