"""A day's figures from made-up facts: parts add up, nothing is counted twice, and waits agree with a naive count."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.conversations.model import Owner
from helpdesk.reports.day import Day
from helpdesk.reports.facts import ClosedScam, DayFacts, Handoff, Rated, Waiting
from helpdesk.reports.figure import COUNT, SHARE
from helpdesk.reports.today import figures_of
from helpdesk.reports.waits import REPEAT, SLIP, Wait, classify, first_replies

DAY = Day.of(datetime(2026, 11, 23, 4, tzinfo=UTC))
NAMES = st.sampled_from(["c1", "c2", "c3", "c4"])
SECONDS = st.integers(0, 24 * 3600 - 1)
moments = SECONDS.map(lambda seconds: DAY.start + timedelta(seconds=seconds))
# Short enough for slips and repeats to occur.
lengths = st.integers(0, 200).map(lambda seconds: timedelta(seconds=seconds))


def handoff(
    name: str, start: datetime, length: timedelta, end: Owner | None, due: timedelta | None, reason: str
) -> Handoff:
    return Handoff(
        conversation_id=name,
        reason=reason,
        started_at=start,
        ended_at=None if end is None else start + length,
        ended_by=end,
        due_at=None if due is None else start + due,
    )


handoffs = st.lists(
    st.builds(
        handoff,
        NAMES,
        moments,
        lengths,
        st.sampled_from([None, Owner.AGENT, Owner.BOT, Owner.CLOSED]),
        st.none() | lengths,
        st.sampled_from(["request_human", "complaint"]),
    ),
    max_size=12,
)
counts = st.integers(0, 40)
facts = st.builds(
    DayFacts,
    day=st.just(DAY),
    now=moments,
    wrote=st.dictionaries(NAMES, moments),
    with_people=st.frozensets(NAMES),
    turns=st.dictionaries(st.sampled_from(["answer", "clarify", "fallback", "flow", "failed"]), counts),
    handoffs=handoffs,
    waiting=st.lists(
        st.builds(Waiting, priority=st.sampled_from(["urgent", "normal"]), since=st.just(DAY.start)), max_size=5
    ),
    asked=counts,
    ratings=st.lists(
        st.builds(
            Rated,
            service=st.sampled_from(["human", "bot"]),
            of_session=st.booleans(),
            score=st.none() | st.integers(1, 5),
            solved=st.none() | st.booleans(),
        ),
        max_size=50,
    ),
    scams=st.dictionaries(NAMES, st.sampled_from(["P0", "P1"])),
    closed_scams=st.lists(
        st.builds(
            ClosedScam,
            resolution=st.sampled_from(["loss_stopped", "no_scam", None]),
            amount_fen=st.integers(0, 10**8),
        ),
        max_size=6,
    ),
    breached=st.dictionaries(st.sampled_from(["first_reply", "complaint"]), counts),
    kept=st.dictionaries(st.sampled_from(["first_reply", "complaint"]), counts),
)


@given(facts)
def test_parts_add_up_to_the_whole(day: DayFacts):
    found = {one.id: one for one in figures_of(day)}

    for name in ("conversations", "handoffs", "waiting_now", "scams_noticed", "breaches"):
        assert found[name].whole == found[name].value
    for name in ("human_satisfaction", "human_solved", "bot_solved", "abandoned"):
        assert found[name].whole == found[name].denominator
    for name in ("conversations", "handoffs"):
        assert sum(found[name].hours) == found[name].value
    assert found["bot_answers"].whole == sum(day.turns.values())
    assert found["accepted_in_time"].whole == len(day.handoffs) == found["handoffs"].value
    assert found["losses_stopped"].whole == len(day.closed_scams)
    for name in ("first_contact", "first_contact_bot", "first_contact_human"):
        assert found[name].whole == found[name].denominator == 0


@given(facts)
def test_figure_says_nothing_where_its_sample_is_too_small(day: DayFacts):
    for one in figures_of(day):
        if one.unit == SHARE:
            assert one.numerator is not None
            assert one.denominator is not None
            is_enough = one.denominator >= max(1, one.least)
            assert one.value == (one.numerator / one.denominator if is_enough else None)
            assert one.numerator <= one.denominator or one.id == "human_response"
        elif one.unit == COUNT:
            assert one.value is not None


@given(handoffs, moments)
def test_every_wait_is_one_of_its_kinds(found: list[Handoff], now: datetime):
    # Said anew, in other words.
    expected: Counter[Wait] = Counter()
    for one in found:
        if one.ended_by is Owner.AGENT:
            is_late = one.due_at is not None and one.ended_at is not None and one.ended_at > one.due_at
            expected[Wait.LATE if is_late else Wait.IN_TIME] += 1
        elif one.ended_at is not None:
            others = [other for other in found if other.conversation_id == one.conversation_id]
            waited = one.ended_at - one.started_at
            repeats = [o for o in others if timedelta(0) < o.started_at - one.started_at <= REPEAT]
            expected[Wait.EXCLUDED if waited <= SLIP or repeats else Wait.ABANDONED] += 1
        else:
            expected[Wait.OVERDUE if one.due_at is not None and now > one.due_at else Wait.OPEN] += 1

    assert Counter(classify(found, now=now)) == expected


days_moments = st.integers(-24 * 3600, 48 * 3600).map(lambda seconds: DAY.start + timedelta(seconds=seconds))


@given(
    st.dictionaries(NAMES, st.lists(days_moments, max_size=4, unique=True)),
    st.dictionaries(NAMES, st.lists(days_moments, max_size=6, unique=True)),
)
def test_first_reply_is_the_first_after_its_handoff_and_before_the_next(
    handed: dict[str, list[datetime]], replied: dict[str, list[datetime]]
):
    expected = []
    for name, starts in handed.items():
        for start in starts:
            later = [at for at in replied.get(name, []) if at > start]
            between = [at for at in later if not any(start < other < at for other in starts)]
            if later and min(later) in between and DAY.start <= min(later) < DAY.end:
                expected.append((start, min(later)))

    assert first_replies(handed, replied, DAY) == sorted(expected)
