"""Headers that protect pages and answers, and the pages themselves."""

from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient

from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY

FILES = {
    "index.html": "<!doctype html><title>zone</title>",
    "desk/index.html": "<!doctype html><title>desk</title>",
    "widget.js": "'widget'",
    "widget.css": ":host{}",
    "assets/app-1a2b.js": "'app'",
    "secret.txt": "not a page",
}
PAGES = ["/", "/desk/", "/widget.js", "/widget.css", "/assets/app-1a2b.js"]
ANSWERS = ["/api/v1/zone", "/api/v1/messages", "/api/v1/nowhere", "/desk/api/me", "/healthz", "/metrics", "/nowhere"]


@pytest.fixture
async def client(start_gateway: StartGateway, tmp_path: Path) -> TestClient:
    for name, content in FILES.items():
        path = tmp_path / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    gateway = await start_gateway()
    return gateway.client


@pytest.mark.parametrize("path", PAGES + ANSWERS)
async def test_answer_carries_the_security_headers(client: TestClient, path: str) -> None:
    response = await client.get(path)

    policy = response.headers["Content-Security-Policy"].split("; ")
    assert {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(policy)
    assert {"script-src 'self'", "style-src 'self'", "frame-src 'none'"} <= set(policy)
    assert "unsafe" not in " ".join(policy)
    # No other host, and no scheme as a whole, but for pictures within style sheets and messages.
    host = f"{client.host}:{client.port}"
    assert {word for part in policy for word in part.split()[1:]} == {
        "'self'",
        "'none'",
        "data:",
        "blob:",
        f"ws://{host}",
        f"wss://{host}",
    }
    assert "Strict-Transport-Security" not in response.headers
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "camera=()" in response.headers["Permissions-Policy"]


async def test_browsers_stay_with_https_where_the_settings_say_so(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(SECURE_COOKIES="true")

    for path in ("/desk/api/me", "/healthz", "/nowhere"):
        response = await gateway.client.get(path)
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", ["/api/v1/zone", "/api/v1/messages", "/api/v1/articles/repay_early", "/desk/api/me"])
async def test_answer_of_the_api_is_not_kept_by_caches(client: TestClient, path: str) -> None:
    response = await client.get(path)

    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "kind", "cache"),
    [
        ("/", "text/html", "no-cache"),
        ("/desk/", "text/html", "no-cache"),
        ("/widget.js", "text/javascript", "public, max-age=300"),
        ("/assets/app-1a2b.js", "text/javascript", "public, max-age=31536000, immutable"),
    ],
)
async def test_page_is_served_with_its_kind_and_its_caching(
    client: TestClient, path: str, kind: str, cache: str
) -> None:
    response = await client.get(path)

    assert response.status == 200
    assert response.headers["Content-Type"].partition(";")[0] == kind
    assert response.headers["Cache-Control"] == cache


async def test_desk_without_a_slash_leads_to_the_desk(client: TestClient) -> None:
    response = await client.get("/desk", allow_redirects=False)

    assert (response.status, response.headers["Location"]) == (308, "/desk/")


async def test_host_pages_may_load_the_widget(client: TestClient) -> None:
    response = await client.get("/widget.js", headers={"Origin": "https://elsewhere.example"})

    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize("path", ["/assets/..%2fsecret.txt", "/assets/%2e%2e/secret.txt", "/secret.txt", "/assets/"])
async def test_files_outside_the_assets_are_not_served(client: TestClient, path: str) -> None:
    response = await client.get(path)

    assert response.status == 404
    assert "not a page" not in await response.text()


async def test_missing_front_end_is_a_plain_not_found(gateway: Gateway) -> None:
    statuses = [(await gateway.client.get(path)).status for path in PAGES]

    assert statuses == [404] * len(PAGES)
