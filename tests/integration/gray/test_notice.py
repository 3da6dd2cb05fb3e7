"""The risk notice: after a confirmation, once a version, and never to somebody in danger."""

import pytest
from sqlalchemy import update

from helpdesk.agents.model import Agent
from helpdesk.cases.fields import CrisisFields
from helpdesk.cases.model import Case, CaseStatus, CaseType, Priority
from helpdesk.cases.service import open_case
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Database
from helpdesk.errors import (
    CrisisOpenError,
    CustomerUnreachableError,
    NoticeSentAlreadyError,
    NoticeTextMissingError,
)
from helpdesk.gray import notice as notice_module
from helpdesk.gray import service
from helpdesk.gray.model import SuspectFlag
from helpdesk.gray.notice import Notice, notices
from helpdesk.turns.service import commit_annotation
from tests.factories import make_nlu
from tests.integration.gray.flags import clear, confirm, gray, only_flag, outbox, send_notice, tell
from tests.scenes import (
    Customer,
    open_customer,
    queue_up,
    say,
    transcript,
)


async def test_notice_of_a_confirmed_flag_goes_into_the_outbox(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent
):
    before = await transcript(database, customer.conversation_id)

    await send_notice(database, confirmed, lin)

    [message] = await outbox(database)
    notice = notices()["credit_repair"]
    assert (message.destination, message.kind, message.conversation_id) == ("notice", "risk_notice", None)
    assert {name: message.payload[name] for name in ("event", "template", "version", "text", "customer")} == {
        "event": "risk_notice",
        "template": "risk_credit_repair",
        "version": notice.version,
        "text": notice.text,
        "customer": "user-7",
    }
    # Not a word of the customer's, not a name, not the flag.
    assert "王小明" not in str(message.payload)
    assert confirmed.id not in str(message.payload)
    assert [one.id for one in await transcript(database, customer.conversation_id)] == [one.id for one in before]


async def test_same_version_is_sent_once_and_a_new_one_once_more(
    database: Database, confirmed: SuspectFlag, lin: Agent, monkeypatch: pytest.MonkeyPatch
):
    await send_notice(database, confirmed, lin)
    with pytest.raises(NoticeSentAlreadyError):
        await send_notice(database, confirmed, lin)
    newer = Notice(template="risk_credit_repair", version=99, text="风险提示：新版。")
    monkeypatch.setattr(service, "notices", lambda: {"credit_repair": newer})

    await send_notice(database, confirmed, lin)

    assert sorted(message.payload["version"] for message in await outbox(database)) == [1, 99]


async def test_flag_that_was_reopened_and_confirmed_again_does_not_repeat_the_notice(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent
):
    await send_notice(database, confirmed, lin)
    await clear(database, confirmed, lin)
    await tell(database, customer)
    await confirm(database, confirmed, lin)

    with pytest.raises(NoticeSentAlreadyError):
        await send_notice(database, confirmed, lin)


async def open_crisis(database: Database, customer: Customer) -> Case:
    async with database.transaction() as session:
        return await open_case(
            session,
            await lock_conversation(session, customer.conversation_id),
            case_type=CaseType.CRISIS,
            priority=Priority.URGENT,
            summary="",
            fields=CrisisFields(level="C2"),
            details={},
            actor="bot",
        )


async def test_nobody_in_danger_gets_a_notice(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent
):
    case = await open_crisis(database, customer)
    with pytest.raises(CrisisOpenError):
        await send_notice(database, confirmed, lin)
    async with database.transaction() as session:
        closed_at = {"closed_at": case.opened_at, "status": CaseStatus.CLOSED}
        await session.execute(update(Case).where(Case.id == case.id).values(**closed_at))

    await send_notice(database, confirmed, lin)

    assert len(await outbox(database)) == 1


@pytest.mark.parametrize(("level", "is_sent"), [("C3", False), ("C2", False), ("C1", True), (None, True)])
async def test_words_of_danger_to_a_waiting_customer_hold_the_notice_back(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent, level: str | None, is_sent: bool
):
    await queue_up(database, customer)
    message = (await say(database, customer)).message
    async with database.transaction() as session:
        await commit_annotation(session, question_id=message.id, nlu=make_nlu(crisis=level))

    if is_sent:
        await send_notice(database, confirmed, lin)
    else:
        with pytest.raises(CrisisOpenError):
            await send_notice(database, confirmed, lin)

    notices_sent = [one for one in await outbox(database) if one.destination == "notice"]
    assert len(notices_sent) == int(is_sent)


async def test_somebody_elses_danger_holds_nothing_back(
    database: Database, customer: Customer, confirmed: SuspectFlag, lin: Agent
):
    await open_crisis(database, await open_customer(database))

    await send_notice(database, confirmed, lin)

    assert len(await outbox(database)) == 1


async def test_guest_cannot_be_reached(database: Database, lin: Agent):
    guest = await open_customer(database)
    await tell(database, guest)
    flag = await only_flag(database)
    await confirm(database, flag, lin)

    with pytest.raises(CustomerUnreachableError):
        await send_notice(database, flag, lin)

    assert await outbox(database) == []


async def test_type_without_a_reviewed_text_has_no_notice(database: Database, customer: Customer, lin: Agent):
    await tell(database, customer, gray("brand_new"))
    flag = await only_flag(database)
    await confirm(database, flag, lin)

    with pytest.raises(NoticeTextMissingError):
        await send_notice(database, flag, lin)

    assert "brand_new" not in notice_module.notices()
