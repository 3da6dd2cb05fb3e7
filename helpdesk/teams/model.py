"""Tables of teams, their skills and their members."""

from datetime import datetime
from enum import Enum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.database import Base, choice_column, id_column
from helpdesk.identifiers import new_id


class Skill(Enum):
    """What a conversation may ask of an agent."""

    FRAUD = "fraud"
    COMPLAINT = "complaint"
    NEGOTIATION = "negotiation"
    GENERAL = "general"
    CRISIS = "crisis"


class Team(Base, kw_only=True):
    """Agents with the same skills; agents may belong to several."""

    __tablename__ = "team"

    id: Mapped[str] = mapped_column(id_column(), primary_key=True, default_factory=new_id)
    name: Mapped[str] = mapped_column(String(40), unique=True)
    created_at: Mapped[datetime]
    # One that was dissolved stays behind what was once given to it.
    dissolved_at: Mapped[datetime | None] = mapped_column(default=None)


class TeamSkill(Base, kw_only=True):
    """That a team's members have a skill."""

    __tablename__ = "team_skill"

    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), primary_key=True)
    skill: Mapped[Skill] = mapped_column(choice_column(Skill), primary_key=True)


class TeamMember(Base, kw_only=True):
    """That an agent belongs to a team."""

    __tablename__ = "agent_team"

    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agent.id"), primary_key=True, index=True)
