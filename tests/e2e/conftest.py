"""Three real processes and a real browser, shared by the tests of this folder."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.e2e.pages import CustomerPage, DeskPage
from tests.e2e.stack import Stack

_SCREENSHOTS = Path(__file__).parent / "screenshots"
# The background-networking flags keep Chromium from calling home; as root it needs to run without its sandbox.
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ADMINISTRATOR = ("admin", "keep calm and report it early")
_AGENT_PASSWORD = "a password of an agent at work"


def _chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed")
    return found


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"))
    printed = stack.prepare()
    stack.start()
    one_time = re.search(r"\s(\S+)（", printed)
    assert one_time is not None, printed
    stack.one_time_password = one_time[1]
    yield stack
    stack.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_chromium(), args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, stack: Stack) -> Iterator[Callable[..., Page]]:
    """Opens pages of different people; fails the test on script errors."""
    contexts: list[BrowserContext] = []
    problems: list[str] = []

    def open_page(path: str, *, width: int = 1366, height: int = 768, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN", **options)  # type: ignore[arg-type]  # passed through
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.goto(stack.url + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert problems == []


@pytest.fixture(scope="session")
def administrator(browser: Browser, stack: Stack) -> tuple[str, str]:
    """Changes the one-time password in the browser, as a person would on the first day."""
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{stack.url}/desk/")
    desk = DeskPage(page)
    username, password = ADMINISTRATOR
    desk.sign_in(username, stack.one_time_password)
    desk.set_new_password(password)
    desk.expect_workbench()
    context.close()
    return ADMINISTRATOR


@pytest.fixture(scope="session")
def add_agent(browser: Browser, stack: Stack, administrator: tuple[str, str]) -> Callable[[str, str], tuple[str, str]]:
    """Lets the administrator add an agent, who then sets a password of their own."""

    def add_agent(username: str, name: str) -> tuple[str, str]:
        context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
        page = context.new_page()
        page.goto(f"{stack.url}/desk/")
        desk = DeskPage(page)
        desk.sign_in(*administrator)
        one_time = desk.add_agent(username, name)
        desk.sign_out()
        desk.sign_in(username, one_time)
        desk.set_new_password(_AGENT_PASSWORD)
        desk.expect_workbench()
        context.close()
        return username, _AGENT_PASSWORD

    return add_agent


@pytest.fixture
def screenshot() -> Callable[[Page, str], None]:
    """Keeps a picture of a page, for people to look at."""
    _SCREENSHOTS.mkdir(exist_ok=True)

    def screenshot(page: Page, name: str) -> None:
        page.screenshot(path=_SCREENSHOTS / f"{name}.png")

    return screenshot


@pytest.fixture
def customer(open_page: Callable[..., Page]) -> CustomerPage:
    return CustomerPage(open_page("/"))
