"""The one mapping from errors to HTTP answers and socket frames."""

import logging
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.rate_limit import RateLimitedError
from helpdesk import errors
from helpdesk.texts import text

logger = logging.getLogger(__name__)

_STATUS: dict[type[errors.HelpdeskError], int] = {
    errors.SessionInvalidError: 401,
    errors.TokenInvalidError: 401,
    errors.NotSignedInError: 401,
    errors.CredentialsInvalidError: 401,
    errors.ForbiddenError: 403,
    errors.OwnDecisionError: 403,
    errors.PasswordChangeRequiredError: 403,
    errors.ConversationNotFoundError: 404,
    errors.CaseNotFoundError: 404,
    errors.ArticleNotFoundError: 404,
    errors.AgentNotFoundError: 404,
    errors.OutboxMessageNotFoundError: 404,
    errors.FlagNotFoundError: 404,
    errors.ClientIdReusedError: 409,
    errors.ConversationClosedError: 409,
    errors.TransitionNotAllowedError: 409,
    errors.NotOwnerError: 409,
    errors.AlreadyClaimedError: 409,
    errors.NotQueuedError: 409,
    errors.HandoffNotQueuedError: 409,
    errors.RatingNotOpenError: 409,
    errors.RatingFinalError: 409,
    errors.UsernameTakenError: 409,
    errors.LastAdministratorError: 409,
    errors.OutboxMessageNotDeadError: 409,
    errors.FlagStateWrongError: 409,
    errors.AppealOpenError: 409,
    errors.AppealNotOpenError: 409,
    errors.NoticeSentAlreadyError: 409,
    errors.NoticeTextMissingError: 409,
    errors.CrisisOpenError: 409,
    errors.CustomerUnreachableError: 409,
    errors.ExtensionNotAllowedError: 409,
    errors.AsksForSecretError: 422,
    errors.TextEmptyError: 422,
    errors.TextTooLongError: 422,
    errors.ButtonUnknownError: 422,
    errors.ResolutionUnknownError: 422,
    errors.ScoreInvalidError: 422,
    errors.PasswordWeakError: 422,
    errors.RoleUnknownError: 422,
    errors.SignInDelayedError: 429,
}

# What aiohttp itself answers, in our own words.
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class RequestError(Exception):
    """A request that is not of the expected form."""

    def __init__(self, code: str, *, status: int = 400, **fields: object) -> None:
        """Keep the code, the status and what the sentence needs."""
        super().__init__(code)
        self.code = code
        self.status = status
        self.fields = fields


def describe(error: Exception) -> tuple[int, dict[str, Any]]:
    """Return the status and the `error` object of an error that may be shown."""
    if isinstance(error, errors.HelpdeskError):
        return _STATUS[type(error)], _object(error.code, error.fields)
    if isinstance(error, RateLimitedError):
        return 429, _object("rate_limited", {"retry_after": error.retry_after})
    if isinstance(error, RequestError):
        return error.status, _object(error.code, error.fields)
    return 500, _object("internal", {})


def _object(code: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"code": code, "message": text("errors", code, **fields), **fields}


def error_response(error: Exception) -> web.Response:
    """Return the JSON answer to an error."""
    status, shown = describe(error)
    headers = {"Retry-After": str(shown["retry_after"])} if "retry_after" in shown else None
    return web.json_response({"error": shown}, status=status, headers=headers)


@web.middleware
async def error_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn errors into JSON; what nobody expected is logged and hidden."""
    try:
        return await handler(request)
    except (errors.HelpdeskError, RateLimitedError, RequestError) as error:
        return error_response(error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        code = _HTTP_CODES.get(error.status, "malformed")
        return error_response(RequestError(code, status=error.status))
    except Exception:
        # The request's body and query stay out of the log: they may hold personal data.
        logger.exception("unexpected error in %s %s", request.method, request.path)
        return error_response(Exception())
