"""A customer whom nobody can answer chooses when to be called; an agent calls and says what came of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import CustomerPage, DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture(scope="session")
def caller(add_agent: Callable[[str, str], tuple[str, str]]) -> tuple[str, str]:
    return add_agent("yu", "余声")


def test_wished_call_reaches_the_list_and_its_end(
    open_page: Callable[..., Page], caller: tuple[str, str], screenshot: Callable[[Page, str], None]
) -> None:
    customer = CustomerPage(open_page("/", width=390, height=844))
    customer.open_chat()
    customer.say("转人工")
    # Nobody is available: this agent signs in and stays away.
    customer.panel.get_by_role("button", name="约时间回电").click()
    number = customer.panel.get_by_label("电话号码")
    number.fill("12345")
    customer.panel.get_by_role("button", name="登记回电").click()
    expect(customer.panel.get_by_role("alert").get_by_text("11 位手机号")).to_be_visible()
    number.fill("138 1234 5678")
    screenshot(customer.page, "callback-form")
    customer.panel.get_by_role("button", name="登记回电").click()
    customer.expect_text("138****5678")

    desk = DeskPage(open_page("/desk/"))
    desk.sign_in(*caller)
    desk.expect_workbench()
    desk.page.get_by_role("link", name="回电").click()
    row = desk.page.get_by_role("row").filter(has_text="138****5678")
    expect(row).to_contain_text("0/3")
    screenshot(desk.page, "callbacks")
    row.get_by_role("button", name="查看号码并拨打").click()
    dialog = desk.page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name="13812345678")).to_have_attribute("href", "tel:13812345678")
    dialog.get_by_role("button", name="已接通").click()

    expect(desk.page.get_by_text("没有要回的电话")).to_be_visible()
    customer.expect_text("客服已和您通过电话")
    expect(customer.panel.get_by_role("button", name="不用回电了")).to_be_hidden()
