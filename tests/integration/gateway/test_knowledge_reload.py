"""Articles that change while the gateway runs: new ones are served, broken ones leave the last good version."""

import logging
from collections.abc import Collection
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from gateway import knowledge
from gateway.app import init_app
from helpdesk.database import Database
from helpdesk.knowledge.article import Article
from helpdesk.knowledge.article_index import refresh_index
from helpdesk.knowledge.library import LibraryError
from tests.factories import make_knowledge, make_settings, write_article
from tests.fakes import FakeBot, shows
from tests.integration.gateway.clients import AgentClient, Json, eventually
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY

OLD = "先看 **合同**，再打 App“官方渠道”页公布的客服电话。"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_knowledge(tmp_path / "knowledge")


@pytest.fixture
async def gateway(start_gateway: StartGateway, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Gateway:
    monkeypatch.setattr(knowledge, "_REFRESH_SECONDS", 0.02)
    return await start_gateway(KNOWLEDGE_DIR=str(folder))


async def article(client: TestClient) -> Json:
    response = await client.get("/api/v1/articles/repay_early")
    assert response.status == 200
    return dict((await response.json())["article"])


async def served(client: TestClient, body: str) -> Json:
    """Wait until the article says `body`."""
    return await eventually(lambda: article(client), lambda shown: shown["markdown"] == body)


async def test_edited_answer_is_served_without_a_restart(gateway: Gateway, folder: Path) -> None:
    before = await article(gateway.client)

    write_article(folder, "repay_early", title="提前还款怎么操作", body="新的答案。")

    after = await served(gateway.client, "新的答案。")
    assert before["markdown"] == OLD
    assert after["version"] != before["version"]


async def test_bot_shows_the_edited_answer_and_old_messages_keep_theirs(
    gateway: Gateway, folder: Path, bot: FakeBot
) -> None:
    bot.on("提前还款", shows("repay_early"))
    customer = await gateway.customer()
    sent = await customer.say("提前还款")
    await customer.hear("合同", after=sent["seq"])

    write_article(folder, "repay_early", body="新的答案。")
    await served(gateway.client, "新的答案。")
    await customer.say("提前还款")

    await customer.hear("新的答案。")
    answers = [m["body"]["article"] for m in await customer.transcript() if m["kind"] == "answer"]
    assert [answer["markdown"] for answer in answers] == [OLD, "新的答案。"]
    assert answers[0]["version"] != answers[1]["version"]


async def test_new_article_can_be_found_and_read(gateway: Gateway, folder: Path) -> None:
    write_article(folder, "new_fee", title="新的收费标准", group="fee")

    async def search() -> list[str]:
        response = await gateway.client.get("/api/v1/articles", params={"q": "新的收费标准"})
        return [found["id"] for found in (await response.json())["articles"]]

    found = await eventually(search)
    assert found[0] == "new_fee"
    assert (await gateway.client.get("/api/v1/articles/new_fee")).status == 200


async def test_removed_article_is_no_longer_listed(gateway: Gateway, folder: Path, lin: AgentClient) -> None:
    (folder / "repay" / "old_offer.md").unlink()

    async def listed() -> list[str]:
        response = await lin.client.get("/desk/api/articles", params={"q": "旧的优惠"})
        assert response.status == 200
        return [found["id"] for found in (await response.json())["articles"]]

    assert await eventually(listed, lambda ids: ids == []) == []


async def test_gateway_serves_although_indexing_fails_and_tries_again(
    start_gateway: StartGateway, folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(knowledge, "_REFRESH_SECONDS", 0.02)
    tries = 0

    async def failing_at_first(database: Database, articles: Collection[Article]) -> bool:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise OSError
        return await refresh_index(database, articles)

    monkeypatch.setattr(knowledge, "refresh_index", failing_at_first)
    gateway = await start_gateway(KNOWLEDGE_DIR=str(folder))

    async def search() -> list[Json]:
        response = await gateway.client.get("/api/v1/articles", params={"q": "提前还款"})
        return list((await response.json())["articles"])

    assert (await article(gateway.client))["markdown"] == OLD
    assert (await eventually(search))[0]["id"] == "repay_early"
    assert caplog.text.count("indexing the articles failed") == 2


FRONT = "---\nid: repay_early\n"
BREAKAGES: dict[str, tuple[str, bytes]] = {
    "no front matter": ("repay/repay_early.md", "新的答案。".encode()),
    "half front matter": ("repay/repay_early.md", FRONT.encode()),
    "bad YAML": ("repay/repay_early.md", f"{FRONT}title: [\n---\n新的答案。\n".encode()),
    "missing fields": ("repay/repay_early.md", f"{FRONT}---\n新的答案。\n".encode()),
    "not UTF-8": ("repay/repay_early.md", b"---\nid: repay_early\n---\n\xff\xfe\n"),
    "empty": ("repay/repay_early.md", b""),
    "NUL": ("repay/repay_early.md", b"\0" * 100),
    "a day that does not exist": ("repay/broken.md", b"---\nid: broken\neffective_from: 2026-02-30\n---\nx\n"),
    "another article's id": ("fee/other.md", f"{FRONT}---\n新的答案。\n".encode()),
    "topics that are a list": ("topics.yml", b"- repayment\n"),
    "no topics": ("topics.yml", b""),
    "groups cut off": ("groups.yml", b"victim: [\n"),
    "placeholders not UTF-8": ("placeholders.yml", b"PLATFORM_NAME: \xff\n"),
}


@pytest.mark.parametrize(("name", "content"), BREAKAGES.values(), ids=BREAKAGES.keys())
async def test_broken_file_leaves_the_last_good_version_until_it_is_repaired(
    gateway: Gateway, folder: Path, caplog: pytest.LogCaptureFixture, name: str, content: bytes
) -> None:
    path = folder / name
    good = path.read_bytes() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)

    async def complained() -> bool:
        return any(record.levelno == logging.ERROR for record in caplog.records)

    await eventually(complained)
    still = await article(gateway.client)
    path.write_bytes(good) if good is not None else path.unlink()
    write_article(folder, "repay_early", title="提前还款怎么操作", body="修好了。")

    assert still["markdown"] == OLD
    await served(gateway.client, "修好了。")


async def test_removed_article_is_no_longer_found(gateway: Gateway, folder: Path) -> None:
    (folder / "repay" / "old_offer.md").unlink()

    async def status() -> int:
        return (await gateway.client.get("/api/v1/articles/old_offer")).status

    assert await eventually(status, lambda status: status == 404) == 404


async def test_unknown_placeholder_does_not_break_the_page(gateway: Gateway, folder: Path) -> None:
    write_article(folder, "repay_early", body="请打 {{NO_SUCH_NAME}}。")

    assert (await served(gateway.client, "请打 。"))["id"] == "repay_early"


@pytest.mark.parametrize(("name", "content"), BREAKAGES.values(), ids=BREAKAGES.keys())
def test_broken_file_at_the_start_is_named(
    tmp_path: Path, folder: Path, database_url: str, name: str, content: bytes
) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)

    with pytest.raises(LibraryError, match=path.name):
        init_app(make_settings(tmp_path, DATABASE_URL=database_url, KNOWLEDGE_DIR=str(folder)))
