"""A victim's case as it comes about, its evidence pack, and a recipient who checks it."""

import io
import zipfile
from pathlib import Path

from helpdesk.agents.model import Agent
from helpdesk.cases import service as cases
from helpdesk.cases import timeline
from helpdesk.cases.fields import ScamFields, Transfer
from helpdesk.cases.model import Case, CaseType, Priority
from helpdesk.conversations import service as conversations
from helpdesk.conversations import store
from helpdesk.conversations.model import MessageKind, Sender
from helpdesk.database import Database, Json
from helpdesk.evidence.model import Pack
from helpdesk.evidence.service import export_case
from helpdesk.evidence.store import lock_case
from helpdesk.evidence.verify import verify
from helpdesk.files.storage import FolderStorage, Storage
from tests.scenes import Customer, add_agent, claim, open_customer, queue_up, say

REASON = "公安调取"
# For cases without files: the folder is never made.
NO_FILES = FolderStorage(Path("no-files"))
STEPS: list[Json] = [
    {"id": "police", "title": "拨打 110", "detail": "说“电信诈骗，请求紧急止付”。", "call": "110"},
    {"id": "bank", "title": "联系付款银行", "detail": "说明被骗。"},
]


async def open_scam_case(database: Database, customer: Customer, *, said: str = "我被骗了，转了五千") -> Case:
    """Open a scam case with a transfer, the words against the loss and one ticked step."""
    await say(database, customer, said)
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        case = await cases.open_case(
            session,
            conversation,
            case_type=CaseType.SCAM,
            priority=Priority.URGENT,
            summary=said,
            fields=ScamFields(
                level="P0",
                transfers=[Transfer(amount_fen=500_000, bank="工商银行", channel="mobile_bank")],
                checklist={"police": "2026-11-22T08:00:00+00:00"},
                statements=[said],
            ),
            details={"said": [said]},
            actor="bot",
        )
        await conversations.write(
            session,
            conversation,
            sender=Sender.BOT,
            kind=MessageKind.STOP_LOSS,
            text="请马上打 110。",
            body={"steps": STEPS},
        )
        await timeline.append(session, case, kind="step_done", actor="customer", details={"step": "police"})
    return case


async def served_case(database: Database) -> tuple[Case, Customer, Agent]:
    """Return a scam case whose conversation an agent serves."""
    customer = await open_customer(database)
    case = await open_scam_case(database, customer)
    agent = await add_agent(database)
    await claim(database, await queue_up(database, customer), agent)
    return case, customer, agent


async def export(
    database: Database, number: str, *, by: str = "operator:test", reason: str = REASON, storage: Storage | None = None
) -> Pack:
    async with database.transaction() as session:
        return await export_case(
            session, await lock_case(session, number), by=by, reason=reason, storage=storage or NO_FILES
        )


def files_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def unpack(files: dict[str, bytes], folder: Path) -> Path:
    """Write a pack's files as a recipient's unzip does."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def problems(path: Path) -> set[str]:
    """Return the keys of what verify.py finds wrong."""
    return {finding.key for finding in verify(path)[0] if finding.is_problem}
