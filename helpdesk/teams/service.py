"""Teams: adding, changing and dissolving them, and who has which skill."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk import clock
from helpdesk.agents.model import Agent
from helpdesk.agents.service import get_agent
from helpdesk.teams.errors import CapacityInvalidError, SkillUnknownError, TeamNameTakenError, TeamNotFoundError
from helpdesk.teams.model import Skill, Team, TeamMember, TeamSkill

CAPACITY = (1, 30)


@dataclass(frozen=True, kw_only=True)
class TeamDetail:
    """A team with its skills and the ids of its members."""

    team: Team
    skills: frozenset[Skill]
    members: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class SkillTable:
    """Who has which skill; `taught` are the skills that any team has."""

    taught: frozenset[Skill]
    by_agent: Mapping[str, frozenset[Skill]]

    def of(self, agent_id: str) -> frozenset[Skill]:
        """Return an agent's skills.

        Without any team everybody has every skill, so that a small desk works at once; nobody lacks a skill that no
        team has, and who belongs to no team answers what is general.
        """
        untaught = frozenset(Skill) - self.taught
        return self.by_agent.get(agent_id, frozenset({Skill.GENERAL})) | untaught


def parse_skills(names: Sequence[str]) -> frozenset[Skill]:
    """Return the skills with these names.

    Raises:
        SkillUnknownError: One does not exist.
    """
    try:
        return frozenset(Skill(name) for name in names)
    except ValueError:
        raise SkillUnknownError from None


async def list_teams(session: AsyncSession) -> Sequence[TeamDetail]:
    """Return all teams that were not dissolved, by name."""
    teams = (await session.scalars(select(Team).where(Team.dissolved_at.is_(None)).order_by(Team.name))).all()
    return await _details(session, teams)


async def _details(session: AsyncSession, teams: Sequence[Team]) -> list[TeamDetail]:
    ids = [team.id for team in teams]
    skills: dict[str, set[Skill]] = defaultdict(set)
    for team_id, skill in await session.execute(
        select(TeamSkill.team_id, TeamSkill.skill).where(TeamSkill.team_id.in_(ids))
    ):
        skills[team_id].add(skill)
    members: dict[str, set[str]] = defaultdict(set)
    for team_id, agent_id in await session.execute(
        select(TeamMember.team_id, TeamMember.agent_id).where(TeamMember.team_id.in_(ids))
    ):
        members[team_id].add(agent_id)
    return [
        TeamDetail(team=team, skills=frozenset(skills[team.id]), members=frozenset(members[team.id])) for team in teams
    ]


async def get_team(session: AsyncSession, team_id: str) -> TeamDetail:
    """Return a team.

    Raises:
        TeamNotFoundError: There is none with this id, or it was dissolved.
    """
    team = await session.get(Team, team_id)
    if team is None or team.dissolved_at is not None:
        raise TeamNotFoundError
    return (await _details(session, [team]))[0]


async def add_team(
    session: AsyncSession, *, name: str, skills: Collection[Skill], members: Collection[str]
) -> TeamDetail:
    """Create a team.

    Raises:
        TeamNameTakenError: Another team has the name.
        AgentNotFoundError: A member does not exist.
    """
    await _refuse_taken(session, name)
    team = Team(name=name, created_at=clock.now())
    session.add(team)
    # Skills and members refer to it.
    await session.flush()
    return await change_team(session, team.id, skills=skills, members=members)


async def change_team(
    session: AsyncSession,
    team_id: str,
    *,
    name: str | None = None,
    skills: Collection[Skill] | None = None,
    members: Collection[str] | None = None,
) -> TeamDetail:
    """Rename a team, or replace its skills or its members.

    Raises:
        TeamNotFoundError, TeamNameTakenError, AgentNotFoundError: See there.
    """
    team = (await get_team(session, team_id)).team
    if name is not None and name != team.name:
        await _refuse_taken(session, name)
        team.name = name
    if skills is not None:
        await session.execute(delete(TeamSkill).where(TeamSkill.team_id == team_id))
        session.add_all(TeamSkill(team_id=team_id, skill=skill) for skill in skills)
    if members is not None:
        for agent_id in members:
            await get_agent(session, agent_id)
        await session.execute(delete(TeamMember).where(TeamMember.team_id == team_id))
        session.add_all(TeamMember(team_id=team_id, agent_id=agent_id) for agent_id in sorted(set(members)))
    await session.flush()
    return await get_team(session, team_id)


async def dissolve_team(session: AsyncSession, team_id: str) -> None:
    """End a team: its members lose its skills, and its name is free again.

    Raises:
        TeamNotFoundError: There is none with this id.
    """
    team = (await get_team(session, team_id)).team
    await change_team(session, team_id, skills=(), members=())
    team.dissolved_at = clock.now()
    # What was once given to it still refers to it, by its id.
    team.name = team.id


async def _refuse_taken(session: AsyncSession, name: str) -> None:
    if await session.scalar(select(Team.id).where(Team.name == name)) is not None:
        raise TeamNameTakenError


async def set_capacity(session: AsyncSession, agent_id: str, capacity: int) -> Agent:
    """Set how many conversations at a time an agent is given.

    Raises:
        AgentNotFoundError: There is none with this id.
        CapacityInvalidError: It is not within `CAPACITY`.
    """
    low, high = CAPACITY
    if not low <= capacity <= high:
        raise CapacityInvalidError(low=low, high=high)
    agent = await get_agent(session, agent_id)
    agent.capacity = capacity
    return agent


async def skill_table(session: AsyncSession) -> SkillTable:
    """Return who has which skill."""
    by_agent: dict[str, set[Skill]] = defaultdict(set)
    taught = set(await session.scalars(select(TeamSkill.skill).distinct()))
    for agent_id, skill in await session.execute(
        select(TeamMember.agent_id, TeamSkill.skill).outerjoin(TeamSkill, TeamSkill.team_id == TeamMember.team_id)
    ):
        by_agent[agent_id] |= {skill} if skill is not None else set()
    return SkillTable(
        taught=frozenset(taught), by_agent={agent_id: frozenset(skills) for agent_id, skills in by_agent.items()}
    )


async def members_of(session: AsyncSession, team_id: str) -> frozenset[str]:
    """Return the ids of a team's members, none of a dissolved one."""
    return frozenset(await session.scalars(select(TeamMember.agent_id).where(TeamMember.team_id == team_id)))
