"""Files at rest: asked about again, removed when nobody needs them, kept when they are evidence."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpdesk.audit import AuditEntry
from helpdesk.database import Database
from helpdesk.evidence.verify import digest, digest_line
from helpdesk.files import service, sweep
from helpdesk.files.errors import FileInfectedError, FileNotReadyError, FileRemovedError
from helpdesk.files.intake import Prepared, prepare
from helpdesk.files.model import FileState, StoredFile
from helpdesk.files.pictures import PictureWriter
from helpdesk.files.scanner import ClamdScanner, Verdict
from helpdesk.files.storage import FolderStorage
from tests.evidence import export, files_of, open_scam_case, problems, unpack
from tests.fake_clamd import FakeClamd
from tests.integration.conftest import MovableClock
from tests.samples import EICAR, PDF
from tests.scenes import CHANNEL, Customer, open_customer

BOTH_OF_TODAY = timedelta(minutes=1)


@pytest.fixture
def storage(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "files")


@pytest.fixture
async def clamd() -> AsyncIterator[FakeClamd]:
    clamd = FakeClamd()
    await clamd.start()
    yield clamd
    await clamd.stop()


def scanner_of(clamd: FakeClamd) -> ClamdScanner:
    host, port = clamd.address.split(":")
    return ClamdScanner(host, int(port), seconds=5)


async def prepared_of(content: bytes = PDF, name: str = "合同.pdf") -> Prepared:
    return await prepare(content, name=name, sent_sha256=digest(content), pictures=PictureWriter())


async def keep(
    database: Database,
    storage: FolderStorage,
    customer: Customer,
    *,
    content: bytes = PDF,
    client_id: str = "u-1",
    verdict: Verdict = Verdict.CLEAN,
) -> StoredFile:
    prepared = await prepared_of(content)
    storage.put(prepared.content)
    async with database.transaction() as session:
        return await service.keep_of_customer(
            session,
            contact_id=customer.contact_id,
            channel=CHANNEL,
            client_id=client_id,
            prepared=prepared,
            verdict=verdict,
        )


async def send(database: Database, customer: Customer, file: StoredFile) -> None:
    async with database.transaction() as session:
        await service.accept(
            session, contact_id=customer.contact_id, channel=CHANNEL, client_id="m-1", file_id=file.id, text=""
        )


async def look_up(database: Database, file: StoredFile) -> StoredFile | None:
    async with database.reading() as session:
        return await session.get(StoredFile, file.id)


async def test_infected_upload_is_refused_at_once(clamd: FakeClamd):
    with pytest.raises(FileInfectedError):
        await service.scan(scanner_of(clamd), await prepared_of(PDF + EICAR + b"%%EOF"))


@pytest.mark.parametrize(
    ("content", "state", "refusal"),
    [(PDF, FileState.CLEAN, None), (PDF + EICAR + b"%%EOF", FileState.REFUSED, FileRemovedError)],
    ids=["clean", "infected"],
)
async def test_file_waits_until_the_scanner_is_back(
    database: Database, storage: FolderStorage, movable_clock: MovableClock, clamd: FakeClamd, content, state, refusal
):
    customer = await open_customer(database)
    await clamd.stop()
    verdict = await service.scan(scanner_of(clamd), await prepared_of(content))
    file = await keep(database, storage, customer, content=content, verdict=verdict)
    with pytest.raises(FileNotReadyError):
        await service.content_of(storage, file)

    too_early = await sweep.scan_again(database, storage, scanner_of(clamd))
    movable_clock.move(minutes=1)
    still_away = await sweep.scan_again(database, storage, scanner_of(clamd))
    await clamd.start()
    # Each time without an answer the pause grows.
    movable_clock.move(minutes=5)
    changed = await sweep.scan_again(database, storage, scanner_of(clamd))

    assert (verdict, too_early, still_away) == (Verdict.UNKNOWN, [], [])
    assert changed == [customer.conversation_id]
    now = await look_up(database, file)
    assert (now.state, now.scan_at) == (state, None)
    if refusal is None:
        assert (await service.content_of(storage, now))[1] == content
    else:
        with pytest.raises(refusal):
            await service.content_of(storage, now)
        async with database.reading() as session:
            entry = (await session.execute(AuditEntry.__table__.select())).one()
        assert (entry.action, entry.subject) == ("file_refused", f"file:{file.id}")


async def test_what_is_never_sent_is_removed_after_two_days(
    database: Database, storage: FolderStorage, movable_clock: MovableClock
):
    customer = await open_customer(database)
    sent, orphan = [
        await keep(database, storage, customer, client_id=f"u-{n}", content=PDF + bytes([n])) for n in (1, 2)
    ]
    await send(database, customer, sent)

    movable_clock.move(hours=47)
    early = await sweep.remove_orphans(database)
    movable_clock.move(hours=2)
    late = await sweep.remove_orphans(database)
    # The storage goes by the machine's own clock: far enough ahead, everything lies there for long.
    movable_clock.at = datetime.now(tz=UTC) + timedelta(hours=3)
    removed = await sweep.remove_unused(database, storage)

    assert (early, late, removed) == (0, 1, 1)
    assert await look_up(database, orphan) is None
    assert storage.older(datetime.now(tz=UTC) + BOTH_OF_TODAY) == [sent.sha256]


async def test_bytes_of_two_customers_go_only_with_the_last(
    database: Database, storage: FolderStorage, movable_clock: MovableClock
):
    first, second = await open_customer(database), await open_customer(database)
    kept = await keep(database, storage, first)
    await keep(database, storage, second)
    await send(database, first, kept)
    movable_clock.move(hours=49)
    await sweep.remove_orphans(database)
    movable_clock.at = datetime.now(tz=UTC) + timedelta(hours=3)

    removed = await sweep.remove_unused(database, storage)

    assert removed == 0
    assert storage.read(kept.sha256) == PDF


async def test_file_of_a_case_is_held(database: Database, storage: FolderStorage):
    customer = await open_customer(database)
    await open_scam_case(database, customer)
    file = await keep(database, storage, customer)

    await send(database, customer, file)

    assert (await look_up(database, file)).held_since is not None


async def test_pack_with_a_changed_attachment_is_found_even_with_a_manifest_to_match(
    database: Database, storage: FolderStorage, tmp_path: Path
):
    customer = await open_customer(database)
    case = await open_scam_case(database, customer)
    await send(database, customer, await keep(database, storage, customer))
    pack = await export(database, case.number, storage=storage)
    files = files_of(pack.content)
    fine = unpack(files, tmp_path / "fine")
    forged = PDF + b"forged"
    manifest = files["manifest.json"].replace(digest(PDF).encode(), digest(forged).encode())
    manifest = manifest.replace(f'"size": {len(PDF)}'.encode(), f'"size": {len(forged)}'.encode())

    careless = unpack({**files, "attachments/0001": forged}, tmp_path / "careless")
    careful = {**files, "attachments/0001": forged, "manifest.json": manifest, "manifest.sha256": digest_line(manifest)}
    careful_folder = unpack(careful, tmp_path / "careful")

    assert files["attachments/0001"] == PDF
    assert problems(fine) == set()
    assert problems(careless) == {"file_altered"}
    assert problems(careful_folder) == {"attachment_unrecorded"}


async def test_lost_bytes_keep_no_case_from_being_exported(database: Database, storage: FolderStorage, tmp_path: Path):
    customer = await open_customer(database)
    case = await open_scam_case(database, customer)
    file = await keep(database, storage, customer)
    await send(database, customer, file)
    storage.discard(file.sha256, before=datetime.now(tz=UTC) + BOTH_OF_TODAY)

    pack = await export(database, case.number, storage=storage)

    assert '"path": null' in files_of(pack.content)["transcript.json"].decode()
    assert "未附" in files_of(pack.content)["report.html"].decode()
    assert problems(unpack(files_of(pack.content), tmp_path / "pack")) == set()
