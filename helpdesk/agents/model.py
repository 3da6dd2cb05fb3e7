"""Tables of agents and their desk sessions."""

from datetime import datetime
from enum import Enum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
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
    __table_args__ = (CheckConstraint("capacity BETWEEN 1 AND 30", name="capacity_in_range"),)

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(40))
    role: Mapped[Role] = mapped_column(choice_column(Role))
    password_hash: Mapped[str] = mapped_column(String(128), repr=False)
    must_change_password: Mapped[bool] = mapped_column(default=True)
    active: Mapped[bool] = mapped_column(default=True)
    # What they have declared; they are reached only while they are present as well.
    available: Mapped[bool] = mapped_column(default=False)
    available_since: Mapped[datetime | None] = mapped_column(default=None)
    # How many conversations at a time they are given; by hand they may take more.
    capacity: Mapped[int] = mapped_column(default=5)
    # Required by an administrator for this account; REQUIRE_TOTP_ROLES requires it of whole roles.
    second_factor_required: Mapped[bool] = mapped_column(default=False)
    last_sign_in_at: Mapped[datetime | None] = mapped_column(default=None)
    created_at: Mapped[datetime]


class AgentSession(Base, kw_only=True):
    """A desk session; only the hash of its cookie is kept."""

    __tablename__ = "agent_session"

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True, repr=False)
    csrf_token: Mapped[str] = mapped_column(String(64), repr=False)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    # Enough for its owner to recognise it, and too little to follow anybody: a shortened address, a browser's family.
    address: Mapped[str] = mapped_column(String(40), default="")
    browser: Mapped[str] = mapped_column(String(40), default="")
    # The password was right; the second factor is still to come.
    pending: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    # Moves on with each use, up to `ends_at`.
    expires_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None] = mapped_column(default=None)


class SignInDelay(Base, kw_only=True):
    """Failed attempts on one door: a user name, known or not, or an agent's second factor."""

    __tablename__ = "sign_in_delay"
    __table_args__ = (Index("ix_sign_in_delay_failed_at", "failed_at"),)

    # A hash: people type their password as their user name.
    door: Mapped[str] = mapped_column(String(64), primary_key=True)
    failed: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime | None] = mapped_column(default=None)
    failed_at: Mapped[datetime]


class SecondFactor(Base, kw_only=True):
    """An agent's one-time code generator (TOTP); its secret is encrypted."""

    __tablename__ = "second_factor"

    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(255), repr=False)
    # The 30-second step of the last accepted code: none is accepted twice.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)


class RecoveryCode(Base, kw_only=True):
    """One code that stands in for the generator once; only its hash is kept."""

    __tablename__ = "recovery_code"

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64), repr=False)
    used_at: Mapped[datetime | None] = mapped_column(default=None)


class AgentPresence(Base, kw_only=True):
    """That an agent's desk is open at one gateway; whoever stops renewing it is gone when it expires."""

    __tablename__ = "agent_presence"

    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True)
    gateway_id: Mapped[str] = mapped_column(id_column(), primary_key=True)
    since: Mapped[datetime]
    expires_at: Mapped[datetime]
