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
    MANAGE_AGENTS = "manage_agents"
    MANAGE_OUTBOX = "manage_outbox"
    DECIDE_FLAGS = "decide_flags"
    EXPORT_FLAGS = "export_flags"


_SERVING = {Right.SERVE, Right.READ_QUEUE}
_OVERSEEING = {Right.READ_ANY_CONVERSATION, Right.READ_UNANSWERED, Right.DECIDE_FLAGS, Right.EXPORT_FLAGS}

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.AGENT: frozenset(_SERVING),
    Role.SENIOR: frozenset(_SERVING | {Right.READ_UNANSWERED, Right.DECIDE_FLAGS}),
    Role.SUPERVISOR: frozenset(_SERVING | _OVERSEEING | {Right.MANAGE_OUTBOX}),
    Role.COMPLIANCE: frozenset({Right.READ_QUEUE} | _OVERSEEING),
    Role.ADMINISTRATOR: frozenset(Right),
}


def may(agent: Agent, right: Right) -> bool:
    """Return whether the agent's role has the right."""
    return right in RIGHTS[agent.role]


def demand(agent: Agent, right: Right) -> None:
    """Let pass or refuse.

    Raises:
        ForbiddenError: The agent's role does not have the right.
    """
    if not may(agent, right):
        raise ForbiddenError
