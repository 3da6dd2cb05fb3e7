"""The receiver for demonstrations: confirms what is signed, refuses the rest."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from deploy.risk_receiver import init_receiver
from gateway.webhooks import Webhook, WebhookError, answer_object
from tests.fake_host import SECRET


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def url() -> AsyncIterator[str]:
    server = TestServer(init_receiver(SECRET))
    await server.start_server()
    yield str(server.make_url("/"))
    await server.close()


async def test_signed_request_is_confirmed_and_printed(
    session: aiohttp.ClientSession, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = answer_object(await Webhook(session, url=url, secret=SECRET).post("m-1", {"event": "scam"}))

    assert answer == {"status": "held", "reference": "RC-000001"}
    assert '"event": "scam"' in capsys.readouterr().out


async def test_repeated_request_gets_its_first_answer(session: aiohttp.ClientSession, url: str) -> None:
    webhook = Webhook(session, url=url, secret=SECRET)

    answers = [answer_object(await webhook.post(key, {}))["reference"] for key in ("m-1", "m-2", "m-1")]

    assert answers == ["RC-000001", "RC-000002", "RC-000001"]


async def test_request_signed_with_another_secret_is_refused(
    session: aiohttp.ClientSession, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(WebhookError) as refused:
        await Webhook(session, url=url, secret="another-secret").post("m-1", {"event": "scam"})

    assert (refused.value.code, refused.value.is_final) == ("status_401", True)
    assert "scam" not in capsys.readouterr().out


async def test_unsigned_request_is_refused(session: aiohttp.ClientSession, url: str) -> None:
    async with session.post(url, json={"event": "scam"}) as response:
        assert response.status == 401
