"""Two agents at one conversation: notes, mentions, who looks, canned replies by keyboard, saved views."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import CustomerPage, DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]


@pytest.fixture(scope="session")
def agents(add_agent: Callable[[str, str], tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {name: add_agent(username, name) for username, name in (("gu", "顾安"), ("shen", "沈宁"))}


@pytest.fixture
def open_desk(open_page: Callable[..., Page], agents: dict[str, tuple[str, str]]) -> Callable[[str], DeskPage]:
    def open_desk(name: str) -> DeskPage:
        desk = DeskPage(open_page("/desk/"))
        desk.sign_in(*agents[name])
        desk.expect_workbench()
        return desk

    return open_desk


def test_colleagues_share_notes_and_the_customer_sees_none(
    customer: CustomerPage,
    open_desk: Callable[[str], DeskPage],
    screenshot: Callable[[Page, str], None],
) -> None:
    customer.open_chat()
    customer.say("转人工")
    customer.expect_text("排")
    customer.say("想问问提前还款的手续费")
    gu, shen = open_desk("顾安"), open_desk("沈宁")
    gu.claim("想问问提前还款的手续费")
    expect(gu.composer).to_be_visible()

    # A note by keyboard, with a mention chosen from the list.
    gu.log.click()
    gu.page.keyboard.press("n")
    box = gu.page.get_by_label("内部备注", exact=True).and_(gu.page.locator("textarea"))
    expect(box).to_be_focused()
    gu.page.keyboard.type("@沈")
    expect(gu.page.get_by_role("option", name="沈宁")).to_be_visible()
    gu.page.keyboard.press("Enter")
    gu.page.keyboard.type("帮忙看下费率")
    gu.page.keyboard.press("Enter")
    expect(gu.log.get_by_text("@沈宁 帮忙看下费率")).to_be_visible()

    # The colleague is told, follows, and both see each other.
    bell = shen.page.get_by_role("button", name="提醒，1 条未读")
    expect(bell).to_be_visible()
    bell.click()
    shen.page.get_by_role("button", name="顾安 提到了您").click()
    expect(shen.log.get_by_text("@沈宁 帮忙看下费率")).to_be_visible()
    expect(gu.page.get_by_text("沈宁 也在看")).to_be_visible()
    expect(shen.page.get_by_text("顾安 也在看")).to_be_visible()
    screenshot(shen.page, "note")

    # A canned reply, written on its page and used from the keyboard; its gap has to be filled.
    gu.page.get_by_role("link", name="话术").click()
    gu.page.get_by_role("button", name="新建话术").click()
    dialog = gu.page.get_by_role("dialog")
    dialog.get_by_label("标题").fill("开场白")
    dialog.get_by_label("快捷词").fill("hello")
    dialog.get_by_label("正文").fill("您好，")
    dialog.get_by_role("button", name="客户姓名").click()
    gu.page.keyboard.type("，我是{{agent_name}}。")
    dialog.get_by_role("button", name="保存").click()
    expect(gu.page.get_by_role("heading", name="开场白")).to_be_visible()
    screenshot(gu.page, "canned-replies")
    gu.page.go_back()
    # The conversation is read anew first.
    expect(gu.composer).to_be_visible()
    gu.page.get_by_role("tab", name="回复", exact=True).click()
    expect(gu.composer).to_be_focused()
    gu.page.keyboard.type("/he")
    expect(gu.page.get_by_role("option", name="开场白")).to_be_visible()
    screenshot(gu.page, "palette")
    gu.page.keyboard.press("Enter")
    expect(gu.composer).to_have_value("您好，【请填写：客户姓名】，我是顾安。")
    expect(gu.page.get_by_role("button", name="发送")).to_be_disabled()
    gu.page.keyboard.type("王女士")
    gu.page.keyboard.press("Enter")
    customer.expect_text("您好，王女士，我是顾安。")
    expect(gu.log.get_by_text("客户已读").or_(gu.log.get_by_text("已送达")).last).to_be_visible()

    # A view keeps itself up to date and stays in the address.
    gu.page.get_by_role("button", name="新建视图").click()
    dialog = gu.page.get_by_role("dialog")
    dialog.get_by_label("名称").fill("我接的")
    dialog.get_by_label("接待坐席").select_option("me")
    dialog.get_by_role("button", name="保存").click()
    rows = gu.page.get_by_role("region", name="我接的")
    expect(rows.get_by_role("listitem")).to_have_count(1)
    assert "view=" in gu.page.url

    assert "费率" not in (customer.panel.inner_text() or "")
    expect(customer.panel.get_by_text("帮忙看下费率")).to_have_count(0)
