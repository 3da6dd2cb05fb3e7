"""The banks a victim can choose from: public, and only numbers of the reviewed table."""

import yaml

from tests.factories import ROOT
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY

TABLE = yaml.safe_load((ROOT / "texts/triage.yml").read_text(encoding="utf-8"))["banks"]


async def test_banks_are_public_and_in_the_order_of_the_table(gateway: Gateway) -> None:
    response = await gateway.client.get("/api/v1/banks")

    banks = (await response.json())["banks"]
    assert response.status == 200
    assert [(bank["title"], bank["call"]) for bank in banks] == [(bank["title"], bank["call"]) for bank in TABLE]
    assert {frozenset(bank) for bank in banks} == {frozenset({"id", "title", "call", "note"})}


async def test_a_number_never_stands_without_the_way_to_check_it(gateway: Gateway) -> None:
    banks = (await (await gateway.client.get("/api/v1/banks")).json())["banks"]

    assert {bank["note"].split("，")[0] for bank in banks} == {
        "以银行卡背面或银行官方 App 为准",
        "以支付 App 里的官方客服页为准",
    }


async def test_banks_cannot_be_written(gateway: Gateway) -> None:
    response = await gateway.client.post("/api/v1/banks", json={"banks": []})

    assert response.status == 405
