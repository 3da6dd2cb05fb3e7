"""Every change to Rasa's own code, in one place and for exactly one version."""

from __future__ import annotations

from typing import Any

import aiohttp
import rasa
from jsonschema.validators import validator_for
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.constants import DEFAULT_REQUEST_TIMEOUT
from rasa.shared.core.events import Event
from rasa.shared.exceptions import RasaException
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import EndpointConfig

from bot.engine.failures import note_failure

RASA_VERSION = "3.6.21"
# Seconds for which an idle connection to the action server is kept; less than the server's own five, so that a call
# never goes out on a connection that is just being closed.
IDLE_SECONDS = 4


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
    if not hasattr(RemoteAction._validate_action_result, "_wrapped"):
        RemoteAction._validate_action_result = _with_one_validator(RemoteAction._validate_action_result)
    if not hasattr(Event.resolve_by_type, "_wrapped"):
        Event.resolve_by_type = staticmethod(_with_known_types(Event.resolve_by_type))
    if not hasattr(EndpointConfig.session, "_wrapped"):
        EndpointConfig.session = _kept_alive(EndpointConfig.session)


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


def _with_one_validator(validate: Any) -> Any:
    """Wrap `RemoteAction._validate_action_result`, which checks the schema itself before each use, for 40 ms a call."""
    schema = RemoteAction.action_response_format_spec()
    validator = validator_for(schema)(schema)

    def is_valid(self: RemoteAction, result: Any) -> bool:
        if validator.is_valid(result):
            return True
        # Rasa's own function words the error.
        return bool(validate(self, result))

    is_valid._wrapped = validate  # type: ignore[attr-defined]  # marks the patch as applied
    return is_valid


def _with_known_types(resolve: Any) -> Any:
    """Wrap `Event.resolve_by_type`, which walks through all kinds of events for each event that it reads."""
    known: dict[str, Any] = {}

    def resolve_by_type(type_name: str, default: Any = None) -> Any:
        if not known:
            # As Rasa does, the first of a name counts.
            for kind in reversed(all_subclasses(Event)):
                known[kind.type_name] = kind
        found = known.get(type_name)
        # An unknown name may be a kind that was defined since.
        return found if found is not None else resolve(type_name, default)

    resolve_by_type._wrapped = resolve  # type: ignore[attr-defined]  # marks the patch as applied
    return resolve_by_type


class _Borrowed:
    """A session that the end of a call does not close."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def __aenter__(self) -> aiohttp.ClientSession:
        return self._session

    async def __aexit__(self, *_: object) -> None:
        """Keep it."""


def _kept_alive(open_session: Any) -> Any:
    """Wrap `EndpointConfig.session`, which opens a session and a connection for every call."""

    def session(self: EndpointConfig) -> _Borrowed:
        kept = getattr(self, "_kept_session", None)
        if kept is None or kept.closed:
            auth = aiohttp.BasicAuth(**self.basic_auth) if self.basic_auth else None
            kept = self._kept_session = aiohttp.ClientSession(
                headers=self.headers,
                auth=auth,
                timeout=aiohttp.ClientTimeout(total=DEFAULT_REQUEST_TIMEOUT),
                connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS),
            )
        return _Borrowed(kept)

    session._wrapped = open_session  # type: ignore[attr-defined]  # marks the patch as applied
    return session


async def close_session(endpoint: EndpointConfig | None) -> None:
    """Close what `_kept_alive` keeps for an endpoint; for the end of the process."""
    kept = getattr(endpoint, "_kept_session", None)
    if kept is not None and not kept.closed:
        await kept.close()
