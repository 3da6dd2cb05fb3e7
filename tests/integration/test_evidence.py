"""Evidence packs of cases in the database: what they hold, what stays on record, and what a recipient finds."""

import itertools
import json
import re
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from helpdesk.audit import AuditEntry
from helpdesk.cases.model import Case, CaseConversation, CaseEvent
from helpdesk.cases.timeline import events_of, first_broken
from helpdesk.conversations import service as conversations
from helpdesk.conversations import store
from helpdesk.conversations.model import Sender
from helpdesk.conversations.sessions import HostIdentity
from helpdesk.database import Database
from helpdesk.errors import CaseNotFoundError
from helpdesk.evidence.__main__ import main
from helpdesk.evidence.model import Attachment, Evidence, Pack
from helpdesk.evidence.pack import write_pack
from helpdesk.evidence.service import export_case
from helpdesk.evidence.store import lock_case
from helpdesk.evidence.verify import build_archive, digest, digest_line, row_hash, verify
from helpdesk.evidence.verify import main as check
from tests.evidence import NO_FILES, REASON, export, files_of, open_scam_case, problems, served_case, unpack
from tests.integration.conftest import MovableClock
from tests.scenes import Customer, open_customer, say

Json = dict[str, Any]
FILES = {
    *("case.json", "transcript.json", "timeline.json", "report.html", "verify.py", "verify.zh-CN.json"),
    *("manifest.json", "manifest.sha256"),
}


@pytest.fixture
async def customer(database: Database) -> Customer:
    return await open_customer(database, HostIdentity(subject="user-7", name="王一"))


@pytest.fixture
async def case(database: Database, customer: Customer) -> Case:
    return await open_scam_case(database, customer)


@pytest.fixture
async def pack(database: Database, case: Case) -> Pack:
    return await export(database, case.number)


def read(pack: Pack, name: str) -> Any:
    return json.loads(files_of(pack.content)[name])


def resealed(files: dict[str, bytes]) -> dict[str, bytes]:
    """Return the files with a manifest that fits them again: the work of somebody who knows the format."""
    manifest = json.loads(files["manifest.json"])
    for entry in manifest["files"]:
        content = files[entry["path"]]
        entry |= {"size": len(content), "sha256": digest(content)}
    raw = json.dumps(manifest).encode()
    return files | {"manifest.json": raw, "manifest.sha256": digest_line(raw)}


def written_in(folder: Path) -> list[Path]:
    return list(folder.glob("evidence-*.zip"))


async def timeline_of(database: Database, case: Case) -> list[CaseEvent]:
    async with database.reading() as session:
        return list(await events_of(session, case.id))


async def undone_export(database: Database, case: Case) -> Pack:
    """Export a case in a transaction that is rolled back."""
    async with database.reading() as session:
        pack = await export_case(session, await lock_case(session, case.number), by="x", reason="y", storage=NO_FILES)
        await session.rollback()
    return pack


async def test_pack_holds_every_file_and_passes(pack: Pack, tmp_path: Path):
    (tmp_path / pack.file_name).write_bytes(pack.content)

    assert set(files_of(pack.content)) == FILES
    assert problems(tmp_path / pack.file_name) == set()


def test_verifier_in_the_pack_is_run_as_a_recipient_runs_it(pack: Pack, tmp_path: Path):
    folder = unpack(files_of(pack.content), tmp_path / "pack")
    command = [sys.executable, "-I", str(folder / "verify.py")]

    whole = subprocess.run(command, capture_output=True, encoding="utf-8", env={"PYTHONUTF8": "1"}, timeout=60)
    with (folder / "transcript.json").open("ab") as file:
        file.write(b" ")
    changed = subprocess.run(command, capture_output=True, encoding="utf-8", env={"PYTHONUTF8": "1"}, timeout=60)

    assert whole.returncode == 0, whole.stdout
    assert changed.returncode == 1
    assert "Changed: transcript.json" in changed.stdout


async def test_verifier_speaks_both_languages(pack: Pack, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "p.zip").write_bytes(pack.content)

    code = check([str(tmp_path / "p.zip")])

    said = capsys.readouterr().out
    assert code == 0
    assert "通过：没有发现改动" in said
    assert "PASSED: no change found" in said
    assert pack.head in said
    assert pack.manifest_sha256 in said


async def test_failure_is_said_in_chinese_even_without_the_sentences(
    pack: Pack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    folder = unpack(files_of(pack.content), tmp_path / "pack")
    (folder / "verify.zh-CN.json").unlink()

    code = check([str(folder)])

    assert code == 1
    assert "未通过" in capsys.readouterr().out


async def test_case_and_parties_are_told(pack: Pack, case: Case):
    told = read(pack, "case.json")

    assert (told["number"], told["type"], told["fields"]["level"]) == (case.number, "scam", "P0")
    assert told["customer"]["identities"] == [{"channel": "host_app", "account": "default", "external_id": "user-7"}]
    assert told["opened_at_beijing"].endswith("+08:00")


async def test_those_who_served_are_named(database: Database):
    case, _, agent = await served_case(database)

    told = read(await export(database, case.number), "case.json")

    assert told["agents"] == {agent.id: agent.name}


async def test_transcript_tells_sender_and_time_in_both_zones(pack: Pack):
    [conversation] = read(pack, "transcript.json")["conversations"]
    first = conversation["messages"][0]

    assert (first["sender"], first["text"]) == ("customer", "我被骗了，转了五千")
    assert (first["at"][-6:], first["at_beijing"][-6:]) == ("+00:00", "+08:00")


async def test_report_shows_what_was_told_ticked_and_transferred(pack: Pack):
    report = files_of(pack.content)["report.html"].decode()

    for shown in ("请马上打 110。", "拨打 110", "已勾选", "联系付款银行", "未勾选", "5,000.00 元", "工商银行", REASON):
        assert shown in report


async def test_timeline_holds_the_rows_as_they_were_hashed(database: Database, case: Case):
    pack = await export(database, case.number)

    rows = read(pack, "timeline.json")

    stored = await timeline_of(database, case)
    assert [row["hash"] for row in rows] == [event.hash for event in stored]
    assert [row_hash(row) for row in rows] == [row["hash"] for row in rows]
    assert first_broken(stored) is None


async def test_export_is_on_the_timeline_with_the_digest_of_the_transcript(pack: Pack, database: Database, case: Case):
    last = (await timeline_of(database, case))[-1]

    assert last.kind == "evidence_exported"
    assert last.details == {
        "by": "operator:test",
        "reason": REASON,
        "transcript_sha256": digest(files_of(pack.content)["transcript.json"]),
    }
    assert read(pack, "manifest.json")["head"] == last.hash == pack.head


async def test_audit_trail_holds_what_a_pack_can_be_compared_with(pack: Pack, database: Database, case: Case):
    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "export_evidence"))).one()

    assert (entry.actor, entry.subject) == ("operator:test", f"case:{case.id}")
    assert entry.details == {"reason": REASON, "head": pack.head, "manifest_sha256": pack.manifest_sha256}
    assert digest(files_of(pack.content)["manifest.json"]) == pack.manifest_sha256


async def test_secret_in_the_reason_is_kept_nowhere(database: Database, case: Case):
    pack = await export(database, case.number, reason="核对卡号 6222020200112233446")

    async with database.reading() as session:
        entry = (await session.scalars(select(AuditEntry))).one()
    assert "6222020200112233446" not in str(entry.details)
    assert all(b"6222020200112233446" not in content for content in files_of(pack.content).values())


async def test_second_export_extends_the_chain(database: Database, case: Case, tmp_path: Path):
    first = await export(database, case.number)

    second = await export(database, case.number)

    assert read(second, "timeline.json")[:-1] == read(first, "timeline.json")
    (tmp_path / "p.zip").write_bytes(second.content)
    assert problems(tmp_path / "p.zip") == set()


async def test_same_case_at_the_same_moment_gives_the_same_bytes(
    database: Database, case: Case, monkeypatch: pytest.MonkeyPatch
):
    moment = case.opened_at + timedelta(hours=1)
    monkeypatch.setattr("helpdesk.clock.now", lambda: moment)

    # Undone, so that the second finds the case as the first did.
    first = await undone_export(database, case)
    second = await undone_export(database, case)

    assert first == second


async def test_later_moment_gives_other_bytes(database: Database, case: Case, movable_clock: MovableClock):
    first = await export(database, case.number)
    movable_clock.move(hours=1)

    second = await export(database, case.number)

    assert first.file_name != second.file_name
    assert first.manifest_sha256 != second.manifest_sha256


async def test_failed_export_leaves_no_trace(database: Database, case: Case):
    before = len(await timeline_of(database, case))

    await undone_export(database, case)

    async with database.reading() as session:
        assert list(await session.scalars(select(AuditEntry))) == []
    assert len(await timeline_of(database, case)) == before


async def test_unknown_number_is_refused(database: Database, case: Case):
    with pytest.raises(CaseNotFoundError):
        await export(database, "XB20261122-ZZZZZZ")


async def test_case_without_conversation_is_exported(database: Database, case: Case, tmp_path: Path):
    async with database.transaction() as session:
        await session.execute(sql("DELETE FROM case_conversation"))

    pack = await export(database, case.number)

    (tmp_path / "p.zip").write_bytes(pack.content)
    assert read(pack, "transcript.json")["conversations"] == []
    assert "没有关联的会话" in files_of(pack.content)["report.html"].decode()
    assert problems(tmp_path / "p.zip") == set()


async def test_all_conversations_of_a_case_are_there_oldest_first(database: Database, case: Case):
    later = await open_customer(database)
    await say(database, later, "又来了一次")
    async with database.transaction() as session:
        session.add(CaseConversation(case_id=case.id, conversation_id=later.conversation_id))

    told = read(await export(database, case.number), "transcript.json")["conversations"]

    assert [one["messages"][0]["text"] for one in told] == ["我被骗了，转了五千", "又来了一次"]


async def test_words_of_other_customers_are_not_there(database: Database, case: Case):
    await say(database, await open_customer(database), "别人的话")

    pack = await export(database, case.number)

    assert all("别人的话".encode() not in content for content in files_of(pack.content).values())


async def test_markup_in_messages_runs_nothing(database: Database):
    attack = "<script>alert(1)</script><a href='https://bad.example'>领取</a>"
    customer = await open_customer(database, HostIdentity(subject="<img src=x>", name="<b onclick=x>王</b>"))
    case = await open_scam_case(database, customer, said=attack)

    report = files_of((await export(database, case.number)).content)["report.html"].decode()

    assert re.search(r"<(script|img|a|b)\b", report) is None
    assert "&lt;script&gt;alert(1)" in report
    assert "&lt;img src=x&gt;" in report


async def test_case_whose_timeline_was_changed_is_exported_and_found(database: Database, case: Case, tmp_path: Path):
    async with database.transaction() as session:
        await session.execute(sql("UPDATE case_event SET actor = 'agent:x' WHERE seq = 1"))

    pack = await export(database, case.number)

    (tmp_path / "p.zip").write_bytes(pack.content)
    assert problems(tmp_path / "p.zip") == {"link_broken"}
    assert "第 1 行的内容与哈希链不符" in files_of(pack.content)["report.html"].decode()


async def test_two_thousand_messages_need_little_memory(database: Database, case: Case, customer: Customer):
    async with database.transaction() as session:
        conversation = await store.lock_conversation(session, customer.conversation_id)
        for number in range(2_000):
            await conversations.write(session, conversation, sender=Sender.CUSTOMER, text=f"第{number}句" + "话" * 200)
    tracemalloc.start()

    pack = await export(database, case.number)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(read(pack, "transcript.json")["conversations"][0]["messages"]) > 2_000
    assert peak < 32 * 1024 * 1024


Tamper = Callable[[dict[str, bytes]], dict[str, bytes]]


def without(name: str) -> Tamper:
    return lambda files: {other: content for other, content in files.items() if other != name}


def renamed(files: dict[str, bytes]) -> dict[str, bytes]:
    return without("case.json")(files) | {"case2.json": files["case.json"]}


def swapped(files: dict[str, bytes]) -> dict[str, bytes]:
    rows = json.loads(files["timeline.json"])
    rows[0], rows[1] = rows[1], rows[0]
    return files | {"timeline.json": json.dumps(rows).encode()}


@pytest.mark.parametrize("kind", ["folder", "zip"])
@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        *((without(name), {"file_missing"}) for name in sorted(FILES - {"manifest.json"})),
        (without("manifest.json"), {"no_pack"}),
        (lambda files: files | {"more.txt": b"x"}, {"file_extra"}),
        (lambda files: files | {"attachments/more": b"x"}, {"file_extra"}),
        (renamed, {"file_missing", "file_extra"}),
        (swapped, {"file_altered"}),
    ],
    ids=[
        *(f"without {name}" for name in sorted(FILES - {"manifest.json"})),
        *("without manifest.json", "one more", "one more below", "renamed", "rows swapped"),
    ],
)
async def test_change_of_the_files_is_found(pack: Pack, tmp_path: Path, kind: str, tamper: Tamper, found: set[str]):
    files = tamper(files_of(pack.content))
    path = tmp_path / "pack"
    if kind == "zip":
        path.write_bytes(build_archive(files))
    else:
        unpack(files, path)

    assert problems(path) == found


def edited_rows(change: Callable[[list[Json]], object]) -> Tamper:
    def tamper(files: dict[str, bytes]) -> dict[str, bytes]:
        rows = json.loads(files["timeline.json"])
        change(rows)
        return files | {"timeline.json": json.dumps(rows).encode()}

    return tamper


def edited(name: str, change: Callable[[Json], object]) -> Tamper:
    def tamper(files: dict[str, bytes]) -> dict[str, bytes]:
        content = json.loads(files[name])
        change(content)
        return files | {name: json.dumps(content).encode()}

    return tamper


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (swapped, {"link_broken"}),
        (edited_rows(lambda rows: rows.pop(0)), {"link_broken"}),
        (edited_rows(lambda rows: rows.pop()), {"head_differs", "transcript_unrecorded"}),
        (edited_rows(lambda rows: rows[1]["details"].update(step="bank")), {"link_broken"}),
        (edited_rows(lambda rows: rows[0].update(at="2020-01-01T00:00:00+00:00")), {"link_broken"}),
        (edited_rows(lambda rows: rows[0].update(more=1)), {"timeline_malformed"}),
        (edited_rows(lambda rows: rows.clear()), {"timeline_malformed"}),
        (edited("transcript.json", lambda told: told["conversations"].clear()), {"transcript_unrecorded"}),
        (edited("case.json", lambda told: told.update(number="XB20261122-ZZZZZZ")), {"case_differs"}),
        (edited("manifest.json", lambda told: told.update(head="0" * 64)), {"head_differs"}),
        (edited("manifest.json", lambda told: told["case"].update(id="x")), {"link_broken", "case_differs"}),
        (edited("manifest.json", lambda told: told.update(schema_version=2)), {"manifest_malformed"}),
        (edited("manifest.json", lambda told: told["files"].pop()), {"file_extra", "file_missing"}),
    ],
    ids=[
        *("rows swapped", "first row gone", "last row gone", "details", "time", "column more", "no row"),
        *("transcript", "case", "head", "case of the manifest", "schema", "unlisted"),
    ],
)
async def test_change_under_a_new_manifest_is_found(pack: Pack, tmp_path: Path, tamper: Tamper, found: set[str]):
    folder = unpack(resealed(tamper(files_of(pack.content))), tmp_path / "pack")

    assert problems(folder) == found


async def test_transcript_of_an_earlier_export_is_not_taken_for_this_one(
    database: Database, case: Case, customer: Customer, tmp_path: Path
):
    earlier = files_of((await export(database, case.number)).content)
    await say(database, customer, "后来的话")
    now = files_of((await export(database, case.number)).content)

    folder = unpack(resealed(now | {"transcript.json": earlier["transcript.json"]}), tmp_path / "pack")

    assert problems(folder) == {"transcript_unrecorded"}


async def test_link_in_place_of_a_file_is_found(pack: Pack, tmp_path: Path):
    folder = unpack(files_of(pack.content), tmp_path / "pack")
    outside = tmp_path / "outside.json"
    (folder / "case.json").rename(outside)
    (folder / "case.json").symlink_to(outside)

    assert problems(folder) == {"unreadable"}


@pytest.mark.parametrize(
    "change",
    [lambda raw: raw + b"x", lambda raw: b"x" + raw, lambda raw: raw[: len(raw) // 2], lambda raw: raw[:-1]],
    ids=["something behind", "something before", "half", "last byte gone"],
)
async def test_changed_archive_is_found(pack: Pack, tmp_path: Path, change: Callable[[bytes], bytes]):
    (tmp_path / "p.zip").write_bytes(change(pack.content))

    assert problems(tmp_path / "p.zip") <= {"unreadable", "archive_altered"}
    assert problems(tmp_path / "p.zip")


async def test_attachments_have_numbers_for_paths(database: Database, case: Case, tmp_path: Path):
    evidence = await evidence_of(database, case)

    pack = write_pack(evidence, [Attachment(name="../../截图.png", media_type="image/png", content=b"png")])

    (tmp_path / "p.zip").write_bytes(pack.content)
    assert files_of(pack.content)["attachments/0001"] == b"png"
    assert read(pack, "manifest.json")["attachments"]["files"] == [
        {"path": "attachments/0001", "name": "../../截图.png", "media_type": "image/png"}
    ]
    # It was never sent: the transcript, which the chain covers, does not name it.
    assert problems(tmp_path / "p.zip") == {"attachment_unrecorded"}


async def evidence_of(database: Database, case: Case) -> Evidence:
    """Return the evidence of a finished pack as it was before it was written."""
    pack = await export(database, case.number)
    files = files_of(pack.content)
    manifest = json.loads(files["manifest.json"])
    return Evidence(
        number=case.number,
        case_id=manifest["case"]["id"],
        created_at=case.opened_at,
        case=json.loads(files["case.json"]),
        transcript=json.loads(files["transcript.json"]),
        transcript_file=files["transcript.json"],
        rows=json.loads(files["timeline.json"]),
    )


async def test_manifest_keeps_a_place_for_attachments(pack: Pack):
    assert read(pack, "manifest.json")["attachments"] == {"folder": "attachments/", "files": []}


async def test_command_writes_a_pack_for_its_owner_only(
    database: Database, case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code = await main([case.number, "--output", str(tmp_path)], database, NO_FILES)

    [written] = written_in(tmp_path)
    assert (code, written.stat().st_mode & 0o777, problems(written)) == (0, 0o600, set())
    assert str(written) in capsys.readouterr().out
    last = (await timeline_of(database, case))[-1]
    assert last.actor.startswith("operator:")
    assert last.details["reason"] == "命令行导出"


async def test_command_refuses_an_unknown_number(
    database: Database, case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    code = await main(["XB20261122-ZZZZZZ", "--output", str(tmp_path)], database, NO_FILES)

    assert (code, written_in(tmp_path)) == (1, [])
    assert "没有找到这个工单" in capsys.readouterr().err


async def test_command_overwrites_nothing(
    database: Database, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    moments = (case.opened_at.replace(microsecond=0) + timedelta(microseconds=n) for n in itertools.count(1))
    monkeypatch.setattr("helpdesk.clock.now", lambda: next(moments))
    await main([case.number, "--output", str(tmp_path)], database, NO_FILES)
    [first] = written_in(tmp_path)
    before = first.read_bytes()

    code = await main([case.number, "--output", str(tmp_path)], database, NO_FILES)

    assert (code, first.read_bytes() == before) == (1, True)
    assert "写入失败" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["XB1", "--output", "no-such-folder"], ["XB1", "--reason", "  "]])
async def test_command_refuses_arguments_that_do_not_fit(database: Database, arguments: list[str]):
    with pytest.raises(SystemExit) as refusal:
        await main(arguments, database, NO_FILES)

    assert refusal.value.code == 2


async def test_nothing_to_check_is_a_problem(tmp_path: Path, database: Database):
    assert {finding.key for finding in verify(tmp_path / "gone")[0]} == {"no_pack"}
