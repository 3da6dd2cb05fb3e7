"""Errors of the product: a code and fields, never user text (that is in texts/)."""

from typing import ClassVar


class HelpdeskError(Exception):
    """Something the product refuses; `code` names the entry in texts/zh-CN.yml."""

    code: ClassVar[str]

    def __init__(self, **fields: object) -> None:
        """Keep the structured fields that an edge may show beside the code."""
        super().__init__(self.code)
        self.fields = fields


class TextEmptyError(HelpdeskError):
    """A message without a visible character."""

    code = "text_empty"


class TextTooLongError(HelpdeskError):
    """A message over the limit; `limit` says how many characters are allowed."""

    code = "text_too_long"


class ClientIdReusedError(HelpdeskError):
    """A client sent other content under a `client_id` that it had used already."""

    code = "client_id_reused"


class AsksForSecretError(HelpdeskError):
    """An agent's reply asks the customer for a secret; `secret` names the kind, `rule` says what is not allowed."""

    code = "asks_for_secret"


class ButtonUnknownError(HelpdeskError):
    """A pressed button that was never shown in this conversation."""

    code = "button_unknown"


class SessionInvalidError(HelpdeskError):
    """No such customer session, or it has ended."""

    code = "session_invalid"


class TokenInvalidError(HelpdeskError):
    """The host app's token does not prove who the customer is."""

    code = "token_invalid"


class ConversationNotFoundError(HelpdeskError):
    """No such conversation, or it is not the asker's to see."""

    code = "conversation_not_found"


class ConversationClosedError(HelpdeskError):
    """The conversation has ended."""

    code = "conversation_closed"


class TransitionNotAllowedError(HelpdeskError):
    """The owner machine has no such move; `owner` and `target` say which."""

    code = "transition_not_allowed"


class NotOwnerError(HelpdeskError):
    """Only the agent who owns the conversation may do this."""

    code = "not_owner"


class AlreadyClaimedError(HelpdeskError):
    """Another agent was first; `agent` names them."""

    code = "already_claimed"


class NotQueuedError(HelpdeskError):
    """The conversation does not wait in the queue."""

    code = "not_queued"


class HandoffNotQueuedError(HelpdeskError):
    """There is no waiting handoff to take back."""

    code = "handoff_not_queued"


class ResolutionUnknownError(HelpdeskError):
    """A closing code that does not exist."""

    code = "resolution_unknown"


class CaseNotFoundError(HelpdeskError):
    """No such case, or it is not the asker's to see."""

    code = "case_not_found"


class RatingNotOpenError(HelpdeskError):
    """There is nothing to rate yet."""

    code = "rating_not_open"


class RatingFinalError(HelpdeskError):
    """The rating was given and changed once already."""

    code = "rating_final"


class ScoreInvalidError(HelpdeskError):
    """A score outside 1 to 5."""

    code = "score_invalid"


class ArticleNotFoundError(HelpdeskError):
    """No such article."""

    code = "article_not_found"


class CredentialsInvalidError(HelpdeskError):
    """User name and password do not belong together, or the agent is not active."""

    code = "credentials_invalid"


class SignInDelayedError(HelpdeskError):
    """Too many failed attempts; `retry_after` is in seconds."""

    code = "sign_in_delayed"


class NotSignedInError(HelpdeskError):
    """No desk session, or it has ended."""

    code = "not_signed_in"


class ForbiddenError(HelpdeskError):
    """The agent's role does not allow this."""

    code = "forbidden"


class PasswordWeakError(HelpdeskError):
    """The new password is shorter than 12 characters or equals the old one."""

    code = "password_weak"


class PasswordChangeRequiredError(HelpdeskError):
    """A one-time password must be changed before anything else."""

    code = "password_change_required"


class UsernameTakenError(HelpdeskError):
    """Another agent has this user name."""

    code = "username_taken"


class AgentNotFoundError(HelpdeskError):
    """No such agent."""

    code = "agent_not_found"


class RoleUnknownError(HelpdeskError):
    """A role that does not exist."""

    code = "role_unknown"


class LastAdministratorError(HelpdeskError):
    """The last active administrator cannot be removed."""

    code = "last_administrator"


class OutboxMessageNotFoundError(HelpdeskError):
    """No such message in the outbox."""

    code = "outbox_message_not_found"


class OutboxMessageNotDeadError(HelpdeskError):
    """Only a message that was given up can be sent again."""

    code = "outbox_message_not_dead"


class FlagNotFoundError(HelpdeskError):
    """No such flag, or it is not the asker's to see."""

    code = "flag_not_found"


class FlagStateWrongError(HelpdeskError):
    """A flag in this `state` allows no such step."""

    code = "flag_state_wrong"


class AppealOpenError(HelpdeskError):
    """An appeal has to be decided first."""

    code = "appeal_open"


class AppealNotOpenError(HelpdeskError):
    """No appeal waits for a decision."""

    code = "appeal_not_open"


class OwnDecisionError(HelpdeskError):
    """Nobody decides an appeal against what they confirmed themselves."""

    code = "own_decision"


class NoticeSentAlreadyError(HelpdeskError):
    """This version of the notice was sent for this flag."""

    code = "notice_sent_already"


class NoticeTextMissingError(HelpdeskError):
    """There is no reviewed text for this type."""

    code = "notice_text_missing"


class CrisisOpenError(HelpdeskError):
    """The customer may be in danger; nothing but help is sent."""

    code = "crisis_open"


class CustomerUnreachableError(HelpdeskError):
    """The host app does not know this customer, so there is nowhere to send anything."""

    code = "customer_unreachable"


class ExtensionNotAllowedError(HelpdeskError):
    """The period does not run, is over, or has its greatest length."""

    code = "extension_not_allowed"
