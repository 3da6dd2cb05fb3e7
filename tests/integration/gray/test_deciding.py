"""People confirm and clear flags and decide appeals, with four eyes, and every step is kept."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from helpdesk.agents.model import Agent
from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from helpdesk.errors import (
    AppealNotOpenError,
    AppealOpenError,
    FlagNotFoundError,
    FlagStateWrongError,
    HelpdeskError,
    OwnDecisionError,
)
from helpdesk.gray import service, store
from helpdesk.gray.model import AppealOutcome, FlagRole, FlagState, SuspectFlag
from tests.integration.gray.flags import (
    CLEARED,
    CONFIRMED,
    SUSPECTED,
    UNKNOWN,
    appeal,
    clear,
    confirm,
    decide,
    gray,
    history,
    note,
    only_flag,
    send_notice,
    tell,
)
from tests.scenes import (
    Customer,
)


@pytest.mark.parametrize("role", [FlagRole.VICTIM, FlagRole.OPERATOR])
async def test_person_confirms_and_says_which_part_the_customer_plays(
    database: Database, flag: SuspectFlag, lin: Agent, role: FlagRole
):
    await confirm(database, flag, lin, role)

    found = await only_flag(database)
    assert (found.state, found.role, found.decided_by, found.note) == (CONFIRMED, role, lin.id, "聊天记录属实")
    assert found.decided_at is not None
    assert (await history(database, flag))[-1] == ("confirmed", lin.id, "聊天记录属实")


async def test_confirmed_flag_takes_in_more_and_stays_confirmed(
    database: Database, customer: Customer, confirmed: SuspectFlag
):
    await tell(database, customer)

    found = await only_flag(database)
    assert (found.state, found.evidence_count) == (CONFIRMED, 2)


@pytest.mark.parametrize("first", [True, False], ids=["confirmed", "suspected"])
async def test_flag_is_cleared_with_the_reason(
    database: Database, flag: SuspectFlag, lin: Agent, wu: Agent, first: bool
):
    if first:
        await confirm(database, flag, lin)

    await clear(database, flag, wu)

    found = await only_flag(database)
    assert (found.state, found.role, found.decided_by, found.note) == (CLEARED, FlagRole.UNKNOWN, wu.id, "只是询问")


async def test_new_evidence_opens_a_cleared_flag_again(
    database: Database, customer: Customer, confirmed: SuspectFlag, wu: Agent
):
    await clear(database, confirmed, wu)

    await tell(database, customer)

    found = await only_flag(database)
    assert (found.state, found.role, found.decided_by, found.decided_at, found.note) == (
        SUSPECTED,
        FlagRole.UNKNOWN,
        None,
        None,
        None,
    )
    kinds = [kind for kind, _, _ in await history(database, found)]
    assert kinds == ["raised", "confirmed", "cleared", "reopened"]


async def test_known_evidence_opens_nothing_again(database: Database, customer: Customer, lin: Agent):
    message = await tell(database, customer)
    await clear(database, await only_flag(database), lin)

    await note(database, message, gray())

    assert (await only_flag(database)).state is CLEARED


async def test_secrets_in_a_note_are_masked(database: Database, flag: SuspectFlag, lin: Agent):
    async with database.transaction() as session:
        await service.clear(session, flag.id, agent_id=lin.id, note="卡号 6222021234567890128 与本案无关")

    found = await only_flag(database)
    assert found.note is not None
    assert "6222021234567890128" not in found.note
    assert "0128" in found.note


async def test_second_of_two_deciders_is_refused(
    database: Database, database_url: str, flag: SuspectFlag, lin: Agent, wu: Agent
):
    other_process = Database(database_url)

    results = await asyncio.gather(
        confirm(database, flag, lin), confirm(other_process, flag, wu), return_exceptions=True
    )

    await other_process.close()
    assert sorted(type(result).__name__ for result in results) == ["FlagStateWrongError", "NoneType"]
    assert [kind for kind, _, _ in await history(database, flag)] == ["raised", "confirmed"]


async def test_granted_appeal_clears_the_flag(database: Database, confirmed: SuspectFlag, lin: Agent, wu: Agent):
    await appeal(database, confirmed, lin)

    await decide(database, confirmed, wu, AppealOutcome.GRANTED)

    found = await only_flag(database)
    assert (found.state, found.decided_by, found.note) == (CLEARED, wu.id, "复核意见")
    kinds = [kind for kind, _, _ in await history(database, confirmed)]
    assert kinds == ["raised", "confirmed", "appealed", "appeal_granted"]


async def test_dismissed_appeal_leaves_the_flag_confirmed(
    database: Database, confirmed: SuspectFlag, lin: Agent, wu: Agent
):
    await appeal(database, confirmed, wu)

    await decide(database, confirmed, wu, AppealOutcome.DISMISSED)

    found = await only_flag(database)
    assert (found.state, found.role, found.decided_by) == (CONFIRMED, FlagRole.VICTIM, lin.id)
    async with database.reading() as session:
        [filed] = await store.appeals_of(session, confirmed.id)
    assert (filed.text, filed.outcome, filed.note, filed.decided_by) == (
        "客户说没有付费",
        AppealOutcome.DISMISSED,
        "复核意见",
        wu.id,
    )


@pytest.mark.parametrize("outcome", list(AppealOutcome))
async def test_nobody_decides_an_appeal_against_their_own_decision(
    database: Database, confirmed: SuspectFlag, lin: Agent, wu: Agent, outcome: AppealOutcome
):
    await appeal(database, confirmed, wu)

    with pytest.raises(OwnDecisionError):
        await decide(database, confirmed, lin, outcome)

    assert (await only_flag(database)).state is CONFIRMED


async def test_after_a_dismissal_one_may_appeal_again(database: Database, confirmed: SuspectFlag, wu: Agent):
    await appeal(database, confirmed, wu)
    await decide(database, confirmed, wu, AppealOutcome.DISMISSED)

    await appeal(database, confirmed, wu)

    async with database.reading() as session:
        assert await store.find_open_appeal(session, confirmed.id) is not None


async def test_open_appeal_has_to_be_decided_first(database: Database, confirmed: SuspectFlag, lin: Agent, wu: Agent):
    await appeal(database, confirmed, wu)

    for step in (appeal, clear, send_notice):
        with pytest.raises(AppealOpenError):
            await step(database, confirmed, lin)


async def in_state(database: Database, flag: SuspectFlag, state: FlagState, lin: Agent) -> None:
    if state is CONFIRMED:
        await confirm(database, flag, lin)
    if state is CLEARED:
        await clear(database, flag, lin)


@pytest.mark.parametrize(
    ("step", "state"),
    [
        (confirm, CONFIRMED),
        (confirm, CLEARED),
        (clear, CLEARED),
        (appeal, SUSPECTED),
        (appeal, CLEARED),
        (send_notice, SUSPECTED),
        (send_notice, CLEARED),
    ],
    ids=lambda value: value.value if isinstance(value, FlagState) else value.__name__,
)
async def test_step_in_the_wrong_state_is_refused(
    database: Database, flag: SuspectFlag, lin: Agent, wu: Agent, step: Any, state: FlagState
):
    await in_state(database, flag, state, lin)
    before = await history(database, flag)

    with pytest.raises(FlagStateWrongError) as refusal:
        await step(database, flag, wu)

    assert refusal.value.fields == {"state": state.value}
    assert await history(database, flag) == before
    assert (await only_flag(database)).state is state


async def test_nothing_is_decided_where_nobody_appealed(database: Database, confirmed: SuspectFlag, wu: Agent):
    with pytest.raises(AppealNotOpenError):
        await decide(database, confirmed, wu, AppealOutcome.GRANTED)


async def test_unknown_flag_is_not_found(database: Database, lin: Agent):
    async with database.transaction() as session:
        with pytest.raises(FlagNotFoundError):
            await service.clear(session, UNKNOWN, agent_id=lin.id, note="没有")


@pytest.mark.parametrize(
    "values",
    [{"state": CONFIRMED}, {"state": CONFIRMED, "role": FlagRole.VICTIM}, {"evidence_count": 0}],
    ids=["confirmed without a role", "confirmed by nobody", "no evidence"],
)
async def test_database_refuses_a_flag_that_nobody_decided(
    database: Database, flag: SuspectFlag, values: dict[str, Any]
):
    with pytest.raises(IntegrityError):
        async with database.transaction() as session:
            await session.execute(update(SuspectFlag).values(**values))


async def test_every_step_is_in_the_audit_trail_without_words(
    database: Database, customer: Customer, flag: SuspectFlag, lin: Agent, wu: Agent
):
    await tell(database, customer)
    await confirm(database, flag, lin)
    await send_notice(database, flag, lin)
    await appeal(database, flag, lin)
    await decide(database, flag, wu, AppealOutcome.GRANTED)
    await tell(database, customer)
    await clear(database, flag, wu)

    async with database.reading() as session:
        found = await session.scalars(
            select(AuditEntry).where(AuditEntry.subject == f"flag:{flag.id}").order_by(AuditEntry.at)
        )
        entries = found.all()
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("bot", "flag_raised"),
        ("bot", "flag_evidence_added"),
        (f"agent:{lin.id}", "flag_confirmed"),
        (f"agent:{lin.id}", "flag_notice_requested"),
        (f"agent:{lin.id}", "flag_appealed"),
        (f"agent:{wu.id}", "flag_appeal_granted"),
        ("bot", "flag_reopened"),
        (f"agent:{wu.id}", "flag_cleared"),
    ]
    told = str([entry.details for entry in entries])
    assert not any(
        word in told for word in ("征信修复靠谱吗", "聊天记录属实", "客户说", "复核意见", "只是询问", "王小明")
    )


async def test_refused_step_leaves_no_trace(database: Database, flag: SuspectFlag, lin: Agent):
    async def count() -> int:
        async with database.reading() as session:
            return len((await session.scalars(select(AuditEntry.id))).all())

    before = await count()

    with pytest.raises(HelpdeskError):
        await appeal(database, flag, lin)

    assert await count() == before
