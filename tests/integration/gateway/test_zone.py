"""What is public: the zone, articles, search, the description of the API, and which host pages may call it."""

import re

import pytest
from aiohttp.test_utils import TestClient

from tests.factories import ROOT
from tests.integration.gateway.clients import error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY

HOST_PAGE = "https://app.example"
STRANGE_PAGE = "https://elsewhere.example"


@pytest.fixture
async def public(start_gateway: StartGateway) -> TestClient:
    """Return a client of a gateway with the real articles."""
    gateway = await start_gateway(KNOWLEDGE_DIR=str(ROOT / "knowledge"), PUBLIC_ORIGINS=f"{HOST_PAGE}/, ")
    return gateway.client


async def test_zone_shows_entries_popular_questions_and_groups(public: TestClient) -> None:
    zone = await (await public.get("/api/v1/zone")).json()

    articles = {article["id"] for group in zone["groups"] for article in group["articles"]}
    assert zone["platform"] == "本平台"
    assert [entry["id"] for entry in zone["entries"]] == ["scam", "complaint", "negotiation", "progress"]
    assert len(zone["popular"]) == 8
    assert {article["id"] for article in zone["popular"]} <= articles
    assert zone["groups"][0]["id"] == "victim"
    assert len(articles) == len(list((ROOT / "knowledge").glob("*/*.md")))


async def test_settings_fill_the_zones_names(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(PLATFORM_NAME="小花", PLATFORM_HOTLINE="95xxx")

    zone = await (await gateway.client.get("/api/v1/zone")).json()

    assert (zone["platform"], zone["hotline"]) == ("小花", "95xxx")


async def test_article_is_public(gateway: Gateway) -> None:
    response = await gateway.client.get("/api/v1/articles/repay_early")

    article = (await response.json())["article"]
    assert response.status == 200
    assert (article["id"], article["title"], article["topic"]) == ("repay_early", "提前还款怎么操作", "repayment")
    assert "{{" not in article["markdown"] + article["short"]


@pytest.mark.parametrize("article", ["not_here", "..%2f..%2fetc%2fpasswd", "%00", "a" * 3000, "A", "提前还款"])
async def test_unknown_article_is_not_found(gateway: Gateway, article: str) -> None:
    response = await gateway.client.get(f"/api/v1/articles/{article}")

    assert response.status == 404
    assert await error_code(response) in {"article_not_found", "not_found"}


async def test_search_finds_the_best_article_first(public: TestClient) -> None:
    found = await (await public.get("/api/v1/articles", params={"q": "提前还款怎么操作"})).json()

    assert found["articles"][0]["id"] == "repay_early_settle"
    assert set(found["articles"][0]) == {"id", "title", "topic", "excerpt"}


@pytest.mark.parametrize("query", ["", " ", "%", "\0", "🙂", "zzzzzz", "</script>", "' OR 1=1 --"])
async def test_search_without_a_match_is_empty(gateway: Gateway, query: str) -> None:
    response = await gateway.client.get("/api/v1/articles", params={"q": query})

    assert (response.status, await response.json()) == (200, {"articles": []})


async def test_excerpt_has_its_placeholders_filled(public: TestClient) -> None:
    found = await (await public.get("/api/v1/articles", params={"q": "客服电话"})).json()

    assert found["articles"]
    assert not any("{{" in article["excerpt"] for article in found["articles"])


async def test_long_query_is_refused(gateway: Gateway) -> None:
    response = await gateway.client.get("/api/v1/articles", params={"q": "还" * 101})

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


async def test_description_names_every_route_of_the_api(gateway: Gateway) -> None:
    description = await (await gateway.client.get("/api/v1/openapi.json")).json()

    described = {(method, path) for path, calls in description["paths"].items() for method in calls}
    served = {
        (route.method.lower(), re.sub(r"\{(\w+):.*\}", r"{\1}", route.resource.canonical).removeprefix("/api/v1"))
        for route in gateway.app.router.routes()
        if route.resource is not None and route.resource.canonical.startswith("/api/v1/")
    }
    assert served == described


async def test_described_references_exist(gateway: Gateway) -> None:
    description = await (await gateway.client.get("/api/v1/openapi.json")).json()

    parts = description["components"]
    for kind, name in re.findall(r"#/components/(\w+)/(\w+)", str(description)):
        assert name in parts[kind]


async def test_named_host_page_may_read_answers(public: TestClient) -> None:
    response = await public.get("/api/v1/zone", headers={"Origin": HOST_PAGE})

    assert response.headers["Access-Control-Allow-Origin"] == HOST_PAGE
    assert "Origin" in response.headers["Vary"]


async def test_named_host_page_may_ask_first(public: TestClient) -> None:
    response = await public.options("/api/v1/messages", headers={"Origin": HOST_PAGE})

    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == HOST_PAGE
    assert "Authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers


async def test_named_host_page_may_read_refusals(public: TestClient) -> None:
    response = await public.get("/api/v1/messages", headers={"Origin": HOST_PAGE})

    assert response.status == 401
    assert response.headers["Access-Control-Allow-Origin"] == HOST_PAGE


@pytest.mark.parametrize("origin", [STRANGE_PAGE, "null", f"{HOST_PAGE}.evil.example", "http://app.example"])
async def test_other_pages_may_not_read_answers(public: TestClient, origin: str) -> None:
    response = await public.get("/api/v1/zone", headers={"Origin": origin})
    asked = await public.options("/api/v1/messages", headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Access-Control-Allow-Origin" not in asked.headers


async def test_named_host_page_may_not_call_the_desk(public: TestClient) -> None:
    response = await public.get("/desk/api/me", headers={"Origin": HOST_PAGE})

    assert "Access-Control-Allow-Origin" not in response.headers
