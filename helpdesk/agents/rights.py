"""Who may do what at the desk: one table, looked up and never repeated."""

from enum import Enum

from helpdesk.agents.model import Agent, Role
from helpdesk.errors import ForbiddenError


class Right(Enum):
    """Something that a role may do."""

    SERVE = "serve"
    READ_QUEUE = "read_queue"
    READ_ANY_CONVERSATION = "read_any_conversation"
    READ_UNANSWERED = "read_unanswered"
    READ_AUDIT = "read_audit"
    MANAGE_AGENTS = "manage_agents"
    MANAGE_OUTBOX = "manage_outbox"
    DECIDE_FLAGS = "decide_flags"
    EXPORT_FLAGS = "export_flags"
    WRITE_NOTES = "write_notes"
    WRITE_CANNED_REPLIES = "write_canned_replies"
    APPROVE_CANNED_REPLIES = "approve_canned_replies"
    SHARE_VIEWS = "share_views"
    ASSIGN = "assign"
    MANAGE_TEAMS = "manage_teams"
    REVEAL_CONTACTS = "reveal_contacts"
    READ_ANY_CASE = "read_any_case"
    MANAGE_CASES = "manage_cases"
    READ_BOARD = "read_board"
    BROADCAST = "broadcast"


_SERVING = {
    Right.SERVE,
    Right.READ_QUEUE,
    Right.WRITE_NOTES,
    Right.WRITE_CANNED_REPLIES,
    Right.REVEAL_CONTACTS,
}
_OVERSEEING = {
    Right.READ_ANY_CONVERSATION,
    Right.READ_UNANSWERED,
    Right.DECIDE_FLAGS,
    Right.EXPORT_FLAGS,
    Right.READ_ANY_CASE,
    Right.READ_BOARD,
}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AGENT: frozenset(_SERVING),
    Role.SENIOR: frozenset(_SERVING | {Right.READ_UNANSWERED, Right.DECIDE_FLAGS, Right.APPROVE_CANNED_REPLIES}),
    Role.SUPERVISOR: frozenset(
        _SERVING
        | _OVERSEEING
        | {Right.APPROVE_CANNED_REPLIES, Right.SHARE_VIEWS, Right.MANAGE_OUTBOX}
        | {Right.ASSIGN, Right.MANAGE_TEAMS, Right.MANAGE_CASES, Right.BROADCAST}
    ),
    Role.COMPLIANCE: frozenset({Right.READ_QUEUE, Right.REVEAL_CONTACTS, Right.READ_AUDIT} | _OVERSEEING),
    Role.ADMINISTRATOR: frozenset(Right),
}


def roles_with(right: Right) -> list[Role]:
    """Return the roles that have the right, for queries."""
    return [role for role, rights in RIGHTS.items() if right in rights]


def may(agent: Agent, right: Right) -> bool:
    """Return whether the agent's role has the right."""
    return right in RIGHTS[agent.role]


def rights_of(agent: Agent) -> list[str]:
    """Return the names of what the agent may do, for a front end that hides the rest."""
    return sorted(right.value for right in RIGHTS[agent.role])


def demand(agent: Agent, right: Right) -> None:
    """Let pass or refuse.

    Raises:
        ForbiddenError: The agent's role does not have the right.
    """
    if not may(agent, right):
        raise ForbiddenError
