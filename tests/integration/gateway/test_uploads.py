"""Uploads by customers: what is accepted, what is refused, and what is given out again."""

import asyncio
import io

import pytest
from aiohttp import FormData
from PIL import Image

from gateway import files
from tests import samples
from tests.integration.gateway.clients import API, Customer, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway
from tests.integration.gateway.file_scenes import form, upload, uploaded

# What the database decides of this is in test_file_messages.
pytestmark = SQLITE_ONLY
MEGABYTE = 1024 * 1024


async def test_picture_is_described_and_given_out_written_anew(customer: Customer):
    file = await uploaded(customer, samples.photograph(), "聊天截图.JPG")

    response = await customer.call("GET", f"/files/{file['id']}")
    content = await response.read()

    assert file == {
        "id": file["id"], "name": "聊天截图.jpg", "type": "image/jpeg", "size": len(content), "width": 40, "height": 60,
    }  # fmt: skip
    assert b"SECRET" not in content
    assert response.content_type == "image/jpeg"
    assert response.headers["Content-Disposition"].startswith("inline; ")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Cache-Control"] == "private, no-store"


async def test_thumbnail_is_small(customer: Customer):
    file = await uploaded(customer, samples.picture(size=(2000, 1000)))

    response = await customer.call("GET", f"/files/{file['id']}/thumbnail")

    assert Image.open(io.BytesIO(await response.read())).size == (480, 240)


async def test_other_files_are_only_ever_saved(customer: Customer):
    file = await uploaded(customer, samples.PDF, '合同"; x.pdf')

    response = await customer.call("GET", f"/files/{file['id']}")

    assert (file["name"], file["width"]) == ("合同__ x.pdf", None)
    assert await response.read() == samples.PDF
    assert response.headers["Content-Disposition"] == (
        "attachment; filename=\"file.pdf\"; filename*=UTF-8''%E5%90%88%E5%90%8C__%20x.pdf"
    )
    assert (await customer.call("GET", f"/files/{file['id']}/thumbnail")).status == 404


async def test_secrets_in_a_text_are_masked(customer: Customer):
    text = "对方要我转到\r\n6222021234567890128\n验证码 482913\n".encode("gb18030")

    file = await uploaded(customer, text, "记录.txt")
    kept = (await (await customer.call("GET", f"/files/{file['id']}")).read()).decode()

    assert "对方要我转到" in kept
    assert "6222021234567890128" not in kept
    assert "482913" not in kept


@pytest.mark.parametrize("raw", ["聊天 截图.txt".encode(), b"%E8%81%8A%E5%A4%A9%20%E6%88%AA%E5%9B%BE.txt"])
async def test_names_arrive_as_browsers_and_as_programs_write_them(customer: Customer, raw: bytes):
    head = b'--b\r\nContent-Disposition: form-data; name="%s"'
    body = head % b"client_id" + b"\r\n\r\nu-1\r\n" + head % b"file" + b'; filename="%s"\r\n\r\nok\r\n--b--\r\n' % raw
    headers = {"Authorization": f"Bearer {customer.token}", "Content-Type": "multipart/form-data; boundary=b"}

    response = await customer.client.post(f"{API}/uploads", data=body, headers=headers)

    assert (await response.json())["name"] == "聊天 截图.txt"


@pytest.mark.parametrize(
    ("content", "name", "wanted"),
    [
        (samples.picture("PNG"), "发票.pdf", "发票.png"),
        (samples.PDF, "照片.jpg", "照片.pdf"),
        (b"MZ", "x", None),
        (samples.SVG, "照片.png", None),
        (b"<html><script>alert(1)</script>", "照片.jpg", None),
    ],
    ids=["picture as PDF", "PDF as picture", "program", "SVG as PNG", "HTML as JPEG"],
)
async def test_lying_name_changes_nothing(customer: Customer, content: bytes, name: str, wanted: str | None):
    response = await upload(customer, content, name, declared="image/png")

    if wanted is None:
        assert (response.status, await error_code(response)) == (415, "file_type_refused")
    else:
        assert (await response.json())["name"] == wanted


async def test_bomb_is_refused(customer: Customer):
    response = await upload(customer, samples.bomb())

    assert (response.status, await error_code(response)) == (422, "picture_too_large")


@pytest.mark.parametrize("content", [b"", samples.picture()[:40], samples.PDF[:20]], ids=["empty", "picture", "PDF"])
async def test_what_did_not_arrive_whole_is_refused(customer: Customer, content: bytes):
    assert (await upload(customer, content)).status == 422


async def test_twenty_megabytes_are_refused_before_they_are_read(customer: Customer):
    response = await upload(customer, b"%PDF-1.4\n" + bytes(20 * MEGABYTE))

    assert (response.status, await error_code(response)) == (413, "file_too_large")


async def test_twenty_megabytes_that_do_not_say_so_are_cut_off(customer: Customer):
    """Without Content-Length, only reading shows how much it is."""
    sent = 0

    async def chunks():
        nonlocal sent
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.4\n'
        for _ in range(20 * 16):
            sent += 64 * 1024
            yield bytes(64 * 1024)
            await asyncio.sleep(0)
        yield b"\r\n--b--\r\n"

    headers = {"Authorization": f"Bearer {customer.token}", "Content-Type": "multipart/form-data; boundary=b"}
    response = await customer.client.post(f"{API}/uploads", data=chunks(), headers=headers)

    assert (response.status, await error_code(response)) == (413, "file_too_large")


async def test_limit_is_a_setting(start_gateway: StartGateway):
    customer = await (await start_gateway(UPLOAD_MOST_MB="1")).customer()

    response = await upload(customer, b"%PDF-1.4\n" + bytes(MEGABYTE) + b"%%EOF")

    assert (response.status, (await response.json())["error"]["limit"]) == (413, 1)


def nameless() -> FormData:
    fields = FormData()
    fields.add_field("file", b"x", filename="a.txt")
    return fields


def fileless() -> FormData:
    fields = FormData(default_to_multipart=True)
    fields.add_field("client_id", "u-1")
    return fields


def doubled() -> FormData:
    fields = form(b"x", "a.txt")
    fields.add_field("file", b"y", filename="b.txt")
    return fields


@pytest.mark.parametrize(
    ("data", "headers"),
    [
        (nameless(), {}),
        (fileless(), {}),
        (doubled(), {}),
        (b"{}", {"Content-Type": "application/json"}),
        (b"x", {"Content-Type": "multipart/form-data"}),
        (b"x", {"Content-Type": "multipart/form-data; boundary=b"}),
        (
            b"--b\r\nContent-Disposition: form-data; name=file\r\n\r\nx",
            {"Content-Type": "multipart/form-data; boundary=b"},
        ),
    ],
    ids=["no id", "no file", "two files", "JSON", "no boundary", "no form", "half a form"],
)
async def test_anything_but_one_file_and_an_id_is_refused(
    customer: Customer, data: FormData | bytes, headers: dict[str, str]
):
    authorised = {"Authorization": f"Bearer {customer.token}", **headers}

    response = await customer.client.post(f"{API}/uploads", data=data, headers=authorised)

    assert response.status in {400, 422}
    assert await error_code(response) in {"malformed", "field_invalid"}


async def test_nobody_uploads_without_a_session(gateway: Gateway):
    response = await gateway.client.post(f"{API}/uploads", data=form(samples.PDF, "a.pdf"))

    assert (response.status, await error_code(response)) == (401, "session_invalid")


async def test_a_flood_of_uploads_is_slowed_down(customer: Customer):
    codes = [(await upload(customer, b"", client_id=f"u-{n}")).status for n in range(21)]

    assert codes == [422] * 20 + [429]


async def test_who_dawdles_with_four_uploads_takes_nobody_elses_place(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
):
    slow, other = await gateway.customer(), await gateway.customer()
    goes_on, arrived = asyncio.Event(), asyncio.Semaphore(0)
    read_upload = files.read_upload

    async def noted(*args, **options):
        arrived.release()
        return await read_upload(*args, **options)

    monkeypatch.setattr(files, "read_upload", noted)

    async def dawdling():
        yield b'--b\r\nContent-Disposition: form-data; name="client_id"\r\n\r\nu-1\r\n'
        await goes_on.wait()
        yield b"--b--\r\n"

    headers = {"Authorization": f"Bearer {slow.token}", "Content-Type": "multipart/form-data; boundary=b"}
    open_ones = [
        asyncio.create_task(slow.client.post(f"{API}/uploads", data=dawdling(), headers=headers)) for _ in range(4)
    ]
    async with asyncio.timeout(10):
        for _ in range(4):
            await arrived.acquire()
    response = await upload(slow, b"")

    assert (response.status, await error_code(response)) == (429, "uploads_busy")
    assert (await upload(other, b"")).status == 422
    goes_on.set()
    assert [answer.status for answer in await asyncio.gather(*open_ones)] == [422] * 4
    assert (await upload(slow, b"")).status == 422
