"""Who may read the figures: monitoring with its token, or this machine alone."""

import pytest

from tests.integration.gateway.clients import error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY

TOKEN = "m" * 32


async def test_this_machine_reads_them_without_a_token(gateway: Gateway) -> None:
    response = await gateway.client.get("/metrics")

    assert response.status == 200
    assert "xiaobao_turns" in await response.text()


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_what_a_proxy_on_this_machine_passes_on_is_not_of_this_machine(gateway: Gateway, header: str) -> None:
    response = await gateway.client.get("/metrics", headers={header: "127.0.0.1"})

    assert (response.status, await error_code(response)) == (403, "metrics_refused")


async def test_other_machines_are_refused(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aiohttp.web.Request.remote", "192.0.2.7")

    response = await gateway.client.get("/metrics")

    assert response.status == 403


async def test_with_a_token_only_the_token_counts(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(METRICS_TOKEN=TOKEN)

    async def status(*values: str) -> list[int]:
        headers = [{"Authorization": value} if value else {} for value in values]
        return [(await gateway.client.get("/metrics", headers=given)).status for given in headers]

    assert await status(f"Bearer {TOKEN}") == [200]
    assert await status("", "Bearer ", f"Bearer {TOKEN}x", TOKEN, f"Bearer {'m' * 31}") == [403] * 5
