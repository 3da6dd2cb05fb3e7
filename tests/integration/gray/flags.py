"""What the tests of flags do and look up, each in a transaction of its own."""

from collections.abc import Sequence

from sqlalchemy import select

from helpdesk.agents.model import Agent
from helpdesk.conversations.model import Message
from helpdesk.conversations.store import lock_conversation
from helpdesk.database import Database, Json
from helpdesk.gray import service, store
from helpdesk.gray.model import AppealOutcome, FlagEvidence, FlagRole, FlagState, SuspectFlag
from helpdesk.outbox.model import OutboxMessage
from tests.factories import make_nlu
from tests.scenes import (
    Customer,
    say,
)

UNKNOWN = "f" * 40
SUSPECTED, CONFIRMED, CLEARED = FlagState.SUSPECTED, FlagState.CONFIRMED, FlagState.CLEARED


def gray(kind: str = "credit_repair", score: float = 0.8) -> Json:
    return {"type": kind, "spans": [{"start": 0, "end": 4, "label": kind}], "score": score}


async def note(database: Database, message: Message, cue: Json | None) -> SuspectFlag | None:
    async with database.transaction() as session:
        conversation = await lock_conversation(session, message.conversation_id)
        return await service.record(session, conversation, message, make_nlu(gray=cue))


async def tell(
    database: Database, customer: Customer, cue: Json | None = None, text: str = "征信修复靠谱吗"
) -> Message:
    """Say something that the bot understood so."""
    message = (await say(database, customer, text)).message
    await note(database, message, cue or gray())
    return message


async def flags(database: Database) -> Sequence[SuspectFlag]:
    async with database.reading() as session:
        return (await session.scalars(select(SuspectFlag).order_by(SuspectFlag.type))).all()


async def only_flag(database: Database) -> SuspectFlag:
    [flag] = await flags(database)
    return flag


async def evidence(database: Database) -> list[str]:
    async with database.reading() as session:
        return list(await session.scalars(select(FlagEvidence.message_id).order_by(FlagEvidence.at)))


async def history(database: Database, flag: SuspectFlag) -> list[tuple[str, str | None, str | None]]:
    async with database.reading() as session:
        return [(one.kind, one.agent_id, one.note) for one in await store.events_of(session, flag.id)]


async def confirm(database: Database, flag: SuspectFlag, agent: Agent, role: FlagRole = FlagRole.VICTIM) -> None:
    async with database.transaction() as session:
        await service.confirm(session, flag.id, agent_id=agent.id, role=role, note="聊天记录属实")


async def clear(database: Database, flag: SuspectFlag, agent: Agent) -> None:
    async with database.transaction() as session:
        await service.clear(session, flag.id, agent_id=agent.id, note="只是询问")


async def appeal(database: Database, flag: SuspectFlag, agent: Agent) -> None:
    async with database.transaction() as session:
        await service.appeal(session, flag.id, agent_id=agent.id, note="客户说没有付费")


async def decide(database: Database, flag: SuspectFlag, agent: Agent, outcome: AppealOutcome) -> None:
    async with database.transaction() as session:
        await service.decide_appeal(session, flag.id, agent_id=agent.id, outcome=outcome, note="复核意见")


async def send_notice(database: Database, flag: SuspectFlag, agent: Agent) -> None:
    async with database.transaction() as session:
        await service.send_notice(session, flag.id, agent_id=agent.id)


async def outbox(database: Database) -> Sequence[OutboxMessage]:
    async with database.reading() as session:
        return (await session.scalars(select(OutboxMessage))).all()
