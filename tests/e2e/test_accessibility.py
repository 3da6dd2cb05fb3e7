"""axe finds no serious violation on zone, widget and desk; phones and large text work."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import violations
from tests.e2e.pages import CustomerPage, DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)], ids=["desktop", "phone"])
def test_zone_and_widget(
    open_page: Callable[..., Page],
    screenshot: Callable[[Page, str], None],
    scheme: str,
    width: int,
    height: int,
) -> None:
    page = open_page("/", width=width, height=height, color_scheme=scheme)
    customer = CustomerPage(page)
    expect(page.get_by_role("button", name="我被骗了").first).to_be_visible()
    screenshot(page, f"zone-{scheme}-{width}")
    assert violations(page) == []

    customer.open_chat()
    customer.say("提前还款怎么操作")
    customer.expect_text("实际用款的时间")
    screenshot(page, f"widget-{scheme}-{width}")
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)], ids=["desktop", "phone"])
def test_desk(
    open_page: Callable[..., Page],
    screenshot: Callable[[Page, str], None],
    administrator: tuple[str, str],
    scheme: str,
    width: int,
    height: int,
) -> None:
    page = open_page("/desk/", width=width, height=height, color_scheme=scheme)
    assert violations(page) == []
    desk = DeskPage(page)
    desk.sign_in(*administrator)
    desk.expect_workbench()
    screenshot(page, f"desk-{scheme}-{width}")
    assert violations(page) == []


def test_the_zone_works_by_keyboard(open_page: Callable[..., Page]) -> None:
    page = open_page("/")
    entry = page.get_by_role("button", name="我被骗了").first
    entry.focus()
    page.keyboard.press("Enter")

    customer = CustomerPage(page)
    expect(customer.composer).to_be_visible()
    page.keyboard.press("Escape")
    expect(customer.composer).to_be_hidden()
