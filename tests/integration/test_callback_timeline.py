"""Calls that customers wish for are told on timelines on which others write at the same moment."""

import asyncio

from helpdesk import clock
from helpdesk.callbacks import policy, service
from helpdesk.callbacks.model import Callback, CallbackState
from helpdesk.cases import timeline
from helpdesk.cases.store import lock_case
from helpdesk.database import Database
from helpdesk.working_time.calendar_file import working_calendar
from tests.integration.conftest import MovableClock
from tests.scenes import open_customer, queue_up


async def test_taking_back_waits_for_who_writes_on_the_case(database: Database, movable_clock: MovableClock):
    customer = await open_customer(database)
    await queue_up(database, customer)
    window = policy.offered_windows(working_calendar(), clock.now())[0]
    async with database.transaction() as session:
        wished = await service.wish(session, customer.conversation_id, start=window.start, phone="13812345678")

    async def take_back() -> Callback:
        async with database.transaction() as session:
            return await service.take_back(session, customer.conversation_id)

    async with asyncio.timeout(20), asyncio.TaskGroup() as group, database.transaction() as session:
        case = await lock_case(session, wished.case_id)
        taking_back = group.create_task(take_back())
        # It gets as far as the case, and no further.
        await asyncio.sleep(0.5)
        await timeline.append(session, case, kind="extended", actor="bot", details={})

    assert taking_back.result().state is CallbackState.CANCELLED
    async with database.reading() as session:
        events = await timeline.events_of(session, wished.case_id)
    assert timeline.first_broken(events) is None
    assert [event.kind for event in events][-2:] == ["extended", "callback_settled"]
