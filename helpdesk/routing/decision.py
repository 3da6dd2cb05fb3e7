"""The decision whom to offer a waiting conversation to: a pure function of what waits and who is there."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from fractions import Fraction

from helpdesk.teams.model import Skill

# What urgent matters may take beyond an agent's capacity.
_BEYOND = 1
# Nobody has waited longer than who never served.
_NEVER_BUSY = datetime.min.replace(tzinfo=UTC)


class Why(Enum):
    """Why an agent is the one, or is not; each has its words in the texts `routing`."""

    LAST_AGENT = "last_agent"
    LEAST_LOADED = "least_loaded"
    LONGEST_IDLE = "longest_idle"
    ONLY_ONE = "only_one"
    # The one where nobody who fits is there, or only beyond capacity.
    NOBODY_SKILLED = "nobody_skilled"
    BEYOND_CAPACITY = "beyond_capacity"
    # Not the one, though they could be: others come first.
    LATER = "later"
    OFFLINE = "offline"
    AWAY = "away"
    PASSED_UP = "passed_up"
    LACKS_SKILL = "lacks_skill"
    NOT_OF_TEAM = "not_of_team"
    FULL = "full"
    HAS_OFFER = "has_offer"


@dataclass(frozen=True, kw_only=True)
class Need:
    """What a waiting conversation asks for; `for_team` where somebody has chosen a team instead of a skill."""

    skill: Skill
    is_urgent: bool
    for_team: bool = False


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An agent at the moment of the decision.

    Attributes:
        agent_id: Who it is.
        is_online: Their desk is open.
        is_available: They have declared to be ready.
        skills: What they are skilled in.
        is_of_team: They belong to the team that was chosen.
        load: Conversations they have, and offers before them.
        capacity: How many they are given at a time.
        offers: Offers before them that they have not answered.
        is_last_agent: They served this customer last.
        has_passed_up: They have just declined this one, or let it go.
        idle_since: When they last ended a conversation, or became available.
    """

    agent_id: str
    is_online: bool = True
    is_available: bool = True
    skills: frozenset[Skill] = frozenset(Skill)
    is_of_team: bool = False
    load: int = 0
    capacity: int = 5
    offers: int = 0
    is_last_agent: bool = False
    has_passed_up: bool = False
    idle_since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Ranked:
    """A candidate's place among those who could take it (None: could not), and why."""

    candidate: Candidate
    place: int | None
    why: Why


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Whom to offer it to (None: nobody now) and how everybody came out, best first."""

    chosen: Candidate | None
    why: Why | None
    ranked: Sequence[Ranked]


def decide(need: Need, candidates: Iterable[Candidate]) -> Decision:
    """Choose an agent: the customer's last one, else the least loaded relative to capacity, else the longest idle.

    Only who is online and available comes into question. Where somebody with the skill (or of the team) serves, it
    goes to them or waits for them; otherwise anybody. What is urgent does not wait: it may exceed a capacity by one,
    and goes to anybody rather than to nobody. The same candidates in any order give the same answer.
    """
    everybody = sorted(candidates, key=lambda one: one.agent_id)
    serving = [one for one in everybody if one.is_online and one.is_available and not one.has_passed_up]
    fitting = [one for one in serving if _fits(need, one)]
    others = [one for one in serving if not _fits(need, one)]
    for pool, beyond in _pools(need, fitting, others):
        eligible = sorted((one for one in pool if _has_room(need, one, beyond)), key=_order)
        if eligible:
            return _decision(need, everybody, eligible, is_unskilled=pool is others, is_beyond=beyond > 0)
    return Decision(chosen=None, why=None, ranked=[_refused(need, one) for one in everybody])


def is_anybody_free(candidates: Iterable[Candidate]) -> bool:
    """Return whether anybody could be given anything at all: a long queue is not gone through for nothing."""
    return any(one.is_online and one.is_available and one.load < one.capacity + _BEYOND for one in candidates)


def has_taker(need: Need, candidates: Iterable[Candidate]) -> bool:
    """Return whether `decide` would choose anybody, without ranking everybody: many wait, and all are looked at."""
    serving = [one for one in candidates if one.is_online and one.is_available and not one.has_passed_up]
    fitting = [one for one in serving if _fits(need, one)]
    others = [one for one in serving if not _fits(need, one)]
    return any(_has_room(need, one, beyond) for pool, beyond in _pools(need, fitting, others) for one in pool)


def _fits(need: Need, candidate: Candidate) -> bool:
    return candidate.is_of_team if need.for_team else need.skill in candidate.skills


def _pools(need: Need, fitting: list[Candidate], others: list[Candidate]) -> Sequence[tuple[list[Candidate], int]]:
    """Return from whom to choose, one group after the other, and how much beyond capacity."""
    if need.is_urgent:
        return [(fitting, 0), (fitting, _BEYOND), (others, 0), (others, _BEYOND)]
    return [(fitting, 0)] if fitting else [(others, 0)]


def _has_room(need: Need, candidate: Candidate, beyond: int) -> bool:
    # Several at once would run out before they are read; what is urgent does not wait behind another offer.
    is_asked = candidate.offers > 0 and not need.is_urgent
    return candidate.load < candidate.capacity + beyond and not is_asked


def _share(candidate: Candidate) -> Fraction:
    return Fraction(candidate.load, candidate.capacity)


def _idle_since(candidate: Candidate) -> datetime:
    return candidate.idle_since or _NEVER_BUSY


def _order(candidate: Candidate) -> tuple[bool, Fraction, datetime, str]:
    return not candidate.is_last_agent, _share(candidate), _idle_since(candidate), candidate.agent_id


def _decision(
    need: Need, everybody: list[Candidate], eligible: list[Candidate], *, is_unskilled: bool, is_beyond: bool
) -> Decision:
    chosen = eligible[0]
    why = _why(chosen, eligible)
    if is_beyond:
        why = Why.BEYOND_CAPACITY
    elif is_unskilled:
        why = Why.NOBODY_SKILLED
    ranked = [Ranked(candidate=chosen, place=1, why=why)]
    ranked += [Ranked(candidate=one, place=place, why=Why.LATER) for place, one in enumerate(eligible[1:], start=2)]
    able = {one.agent_id for one in eligible}
    ranked += [_refused(need, one) for one in everybody if one.agent_id not in able]
    return Decision(chosen=chosen, why=why, ranked=ranked)


def _why(chosen: Candidate, eligible: list[Candidate]) -> Why:
    if chosen.is_last_agent:
        return Why.LAST_AGENT
    if len(eligible) == 1:
        return Why.ONLY_ONE
    return Why.LEAST_LOADED if _share(chosen) < _share(eligible[1]) else Why.LONGEST_IDLE


_OBSTACLES: Sequence[tuple[Why, Callable[[Need, Candidate], bool]]] = (
    (Why.OFFLINE, lambda _, one: not one.is_online),
    (Why.AWAY, lambda _, one: not one.is_available),
    (Why.PASSED_UP, lambda _, one: one.has_passed_up),
    (Why.NOT_OF_TEAM, lambda need, one: need.for_team and not one.is_of_team),
    (Why.LACKS_SKILL, lambda need, one: not need.for_team and need.skill not in one.skills),
    (Why.FULL, lambda _, one: one.load >= one.capacity),
    (Why.HAS_OFFER, lambda _, one: one.offers > 0),
)


def _refused(need: Need, candidate: Candidate) -> Ranked:
    """Return the first thing that stands in a candidate's way."""
    why = next((why for why, stands_in_the_way in _OBSTACLES if stands_in_the_way(need, candidate)), Why.LATER)
    return Ranked(candidate=candidate, place=None, why=why)
