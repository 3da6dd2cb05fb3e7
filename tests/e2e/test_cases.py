"""A matter from the desk's register to its closing, in the browser; and the customer's page of progress."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import violations
from tests.e2e.pages import CustomerPage, DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture(scope="session")
def agent(add_agent: Callable[[str, str], tuple[str, str]]) -> tuple[str, str]:
    return add_agent("jian", "简宁")


@pytest.fixture
def desk(open_page: Callable[..., Page], agent: tuple[str, str]) -> DeskPage:
    desk = DeskPage(open_page("/desk/"))
    desk.sign_in(*agent)
    desk.expect_workbench()
    return desk


def test_agent_registers_fills_in_and_closes_a_request_for_relief(
    customer: CustomerPage, desk: DeskPage, screenshot: Callable[[Page, str], None]
) -> None:
    customer.open_chat()
    customer.say("转人工")
    customer.expect_text("排")
    customer.say("住院三个月没有收入")
    desk.claim("住院三个月")
    page = desk.page
    box = page.get_by_role("region", name="工单")
    box.get_by_label("工单类型").select_option(label="救助")
    box.get_by_role("button", name="登记新工单").click()

    heading = page.get_by_role("heading", level=2).filter(has_text="XB")
    expect(heading).to_contain_text("救助")
    page.get_by_label("困难原因").select_option(label="疾病")
    page.get_by_label("申请金额（元）").fill("12.345")
    page.get_by_role("button", name="保存登记信息").click()
    expect(page.get_by_role("alert").filter(has_text="最多两位小数")).to_be_visible()
    page.get_by_label("申请金额（元）").fill("5000.50")
    page.get_by_role("button", name="保存登记信息").click()
    expect(page.get_by_text("5,000.50 元")).to_be_visible()
    assert violations(page) == []
    screenshot(page, "case")

    page.get_by_role("button", name="办结", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("办结方式").select_option(label="同意救助")
    dialog.get_by_role("button", name="办结", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("减免金额")
    dialog.get_by_label("减免金额（元）").fill("300")
    dialog.get_by_role("button", name="办结", exact=True).click()

    expect(page.get_by_text("哈希链完整")).to_be_visible()
    expect(page.get_by_role("button", name="重新打开")).to_be_visible()
    number = (heading.text_content() or "").split()[0]
    page.get_by_role("button", name="返回工单列表").click()
    page.get_by_label("状态").select_option(label="已办结")
    expect(page.get_by_role("link", name=number)).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert violations(page) == []
    screenshot(page, "cases-390")


def test_guest_is_told_how_to_see_the_progress(customer: CustomerPage, screenshot: Callable[[Page, str], None]) -> None:
    customer.press_entry("进度查询")

    expect(customer.page.get_by_role("heading", name="我的办理进度")).to_be_visible()
    expect(customer.page.get_by_text("请打开 App 并登录您的账号。")).to_be_visible()
    assert violations(customer.page) == []
    screenshot(customer.page, "progress")
    customer.page.get_by_role("button", name="问小保").click()
    customer.expect_text("进度查询")
