"""The one mapping from errors to HTTP answers and socket frames."""

import logging
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from gateway.rate_limit import RateLimitedError
from helpdesk import errors
from helpdesk.agents import errors as agent_errors
from helpdesk.broadcasts import errors as broadcast_errors
from helpdesk.callbacks import errors as callback_errors
from helpdesk.canned import errors as canned_errors
from helpdesk.cases import errors as case_errors
from helpdesk.conversations import errors as reply_errors
from helpdesk.files import errors as file_errors
from helpdesk.handoff import errors as handoff_errors
from helpdesk.notes import errors as note_errors
from helpdesk.ratings import errors as rating_errors
from helpdesk.saved_views import errors as view_errors
from helpdesk.teams import errors as team_errors
from helpdesk.texts import text

logger = logging.getLogger(__name__)

_STATUS: dict[type[errors.HelpdeskError], int] = {
    errors.SessionInvalidError: 401,
    errors.TokenInvalidError: 401,
    errors.NotSignedInError: 401,
    errors.CredentialsInvalidError: 401,
    agent_errors.CodeInvalidError: 401,
    errors.ForbiddenError: 403,
    errors.OwnDecisionError: 403,
    errors.PasswordChangeRequiredError: 403,
    agent_errors.SecondFactorNeededError: 403,
    errors.ConversationNotFoundError: 404,
    errors.CaseNotFoundError: 404,
    case_errors.VerificationRequiredError: 403,
    case_errors.CaseMoveNotAllowedError: 409,
    case_errors.CaseClosedError: 409,
    case_errors.CaseTypeOpenError: 409,
    case_errors.LastConversationError: 409,
    case_errors.OtherCustomerError: 409,
    case_errors.MergeNotAllowedError: 409,
    case_errors.CaseChangedError: 409,
    case_errors.MergeNotUndoableError: 409,
    case_errors.CaseFieldInvalidError: 422,
    case_errors.CaseOwnerInvalidError: 422,
    errors.ArticleNotFoundError: 404,
    errors.AgentNotFoundError: 404,
    agent_errors.DeskSessionNotFoundError: 404,
    errors.OutboxMessageNotFoundError: 404,
    errors.FlagNotFoundError: 404,
    errors.ClientIdReusedError: 409,
    errors.ConversationClosedError: 409,
    errors.TransitionNotAllowedError: 409,
    errors.NotOwnerError: 409,
    errors.AlreadyClaimedError: 409,
    errors.NotQueuedError: 409,
    errors.HandoffNotQueuedError: 409,
    handoff_errors.OfferedToOtherError: 409,
    handoff_errors.NotOfferedError: 409,
    handoff_errors.TransferToSelfError: 409,
    handoff_errors.AgentCannotServeError: 409,
    handoff_errors.AgentOfflineError: 409,
    handoff_errors.AgentAwayError: 409,
    handoff_errors.AgentFullError: 409,
    handoff_errors.TeamOfflineError: 409,
    handoff_errors.CustomerWroteError: 409,
    handoff_errors.DeclineReasonUnknownError: 422,
    team_errors.TeamNotFoundError: 404,
    team_errors.TeamNameTakenError: 409,
    team_errors.SkillUnknownError: 422,
    team_errors.CapacityInvalidError: 422,
    errors.RatingNotOpenError: 409,
    errors.RatingFinalError: 409,
    rating_errors.RatingSubjectUnknownError: 404,
    rating_errors.RatingReasonUnknownError: 422,
    rating_errors.RatingEmptyError: 422,
    broadcast_errors.BroadcastNotFoundError: 404,
    broadcast_errors.BroadcastOverError: 409,
    broadcast_errors.BroadcastTimeInvalidError: 422,
    errors.UsernameTakenError: 409,
    errors.LastAdministratorError: 409,
    agent_errors.SecondFactorRequiredError: 409,
    agent_errors.SecondFactorExistsError: 409,
    agent_errors.SecondFactorMissingError: 409,
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
    callback_errors.CallbackNotFoundError: 404,
    callback_errors.CallbackNotOpenError: 409,
    callback_errors.CallbackTakenError: 409,
    callback_errors.CallbackNotTakenError: 409,
    callback_errors.CallbackWindowGoneError: 422,
    callback_errors.PhoneInvalidError: 422,
    canned_errors.CannedReplyNotFoundError: 404,
    view_errors.ViewNotFoundError: 404,
    canned_errors.OwnDraftError: 403,
    canned_errors.ShortcutTakenError: 409,
    canned_errors.NoDraftError: 409,
    reply_errors.RepliedMeanwhileError: 409,
    view_errors.TooManyViewsError: 409,
    canned_errors.ShortcutInvalidError: 422,
    canned_errors.VariableUnknownError: 422,
    canned_errors.PromiseForbiddenError: 422,
    canned_errors.GapLeftError: 422,
    reply_errors.ReplyHoldsSecretError: 422,
    note_errors.MentionUnknownError: 422,
    view_errors.FilterInvalidError: 422,
    file_errors.UnknownFileError: 404,
    file_errors.UploadSlowError: 408,
    file_errors.FileUsedError: 409,
    file_errors.TooManyFilesError: 409,
    file_errors.FileNotReadyError: 409,
    file_errors.FileRemovedError: 410,
    file_errors.FileTooLargeError: 413,
    file_errors.FileTypeRefusedError: 415,
    file_errors.FileDamagedError: 422,
    file_errors.FileEmptyError: 422,
    file_errors.PictureTooLargeError: 422,
    file_errors.FileInfectedError: 422,
    file_errors.UploadsBusyError: 429,
    errors.SignInDelayedError: 429,
    # It stays refused until an administrator has reset it: no failure that passes.
    agent_errors.SecondFactorUnreadableError: 409,
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
