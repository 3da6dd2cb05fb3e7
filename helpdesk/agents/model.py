"""Tables of agents and their desk sessions."""

from datetime import datetime
from enum import Enum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, choice_column, id_column
from helpdesk.identifiers import new_id


class Role(Enum):
    """What a person at the desk may do; each role includes less or more, see `rights.py`."""

    AGENT = "agent"
    SENIOR = "senior"
    SUPERVISOR = "supervisor"
    COMPLIANCE = "compliance"
    ADMINISTRATOR = "administrator"


class Agent(Base, kw_only=True):
    """A person at the desk."""

    __tablename__ = "agent"

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    role: Mapped[Role] = mapped_column(choice_column(Role))
    password_hash: Mapped[str] = mapped_column(String(128), repr=False)
    must_change_password: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    available: Mapped[bool] = mapped_column(default=False)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    next_sign_in_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class AgentSession(Base, kw_only=True):
    """A desk session; only the hash of its cookie is kept."""

    __tablename__ = "agent_session"

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, repr=False)
    csrf_token: Mapped[str] = mapped_column(String(64), repr=False)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)
