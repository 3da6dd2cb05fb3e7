"""Ratings and the board in real browsers: what a customer says is counted where supervisors look."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.accessibility import violations
from tests.e2e.pages import CustomerPage, DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]

QUESTION = "我要找人工核对一笔特别的账单八二六"


@pytest.fixture(scope="session")
def agent(add_agent: Callable[[str, str], tuple[str, str]]) -> tuple[str, str]:
    return add_agent("yan", "严一")


@pytest.fixture
def desk(open_page: Callable[..., Page], agent: tuple[str, str]) -> DeskPage:
    desk = DeskPage(open_page("/desk/"))
    desk.sign_in(*agent)
    desk.expect_workbench()
    return desk


def test_a_customer_says_whether_it_helped_and_rates_the_agent_who_sees_it(
    customer: CustomerPage, desk: DeskPage, screenshot: Callable[[Page, str], None]
) -> None:
    customer.open_chat()
    customer.say("提前还款怎么操作")
    customer.expect_text("问题解决了吗")
    customer.panel.get_by_role("button", name="没解决").click()
    customer.expect_text("可以换个说法再问")
    screenshot(customer.page, "solved-asked")
    customer.say(QUESTION)
    customer.panel.get_by_role("button", name="转人工").first.click()
    customer.expect_text("工单号")

    desk.claim(QUESTION)
    desk.reply("您好，已经核对好了。")
    customer.expect_text("已经核对好了")
    desk.close("已解决")
    customer.expect_text("这次服务帮到您了吗")
    customer.rate("满意")
    customer.expect_text("已记录")
    customer.panel.get_by_role("button", name="解决了", exact=True).last.click()
    customer.panel.get_by_role("button", name="回复快").click()
    customer.panel.get_by_role("button", name="提交").click()
    customer.expect_text("评价已提交，不能再修改")
    screenshot(customer.page, "rated")

    desk.page.get_by_role("link", name="我的评价").click()
    expect(desk.page.get_by_role("row").filter(has_text="回复快")).to_contain_text("解决了")
    assert violations(desk.page) == []
    screenshot(desk.page, "own-ratings")


def test_a_supervisor_watches_the_desk_and_tells_everybody_something(
    open_page: Callable[..., Page],
    administrator: tuple[str, str],
    desk: DeskPage,
    customer: CustomerPage,
    screenshot: Callable[[Page, str], None],
) -> None:
    supervisor = DeskPage(open_page("/desk/"))
    supervisor.sign_in(*administrator)
    supervisor.expect_workbench()
    customer.open_chat()
    customer.say("转人工")
    customer.expect_text("工单号")
    board = supervisor.page
    board.get_by_role("link", name="看板").click()

    expect(board.get_by_text("截至").first).to_be_visible()
    expect(board.get_by_role("row").filter(has_text="严一")).to_be_visible()
    figure = board.locator('[data-figure="handoffs"]')
    expect(figure).to_contain_text("转人工")
    expect(figure.get_by_role("img")).to_be_visible()
    figure.get_by_text("怎么算的").click()
    expect(figure).to_contain_text("坐席重新排队不算")
    # Too few for a share: a dash, and how many there are.
    expect(board.locator('[data-figure="human_satisfaction"]')).to_contain_text("样本不足")
    screenshot(board, "board")
    assert violations(board) == []

    board.get_by_label("内容（最多 200 字）").fill("今晚九点系统维护")
    board.get_by_role("button", name="发出").click()
    expect(desk.page.get_by_text("今晚九点系统维护")).to_be_visible()
    board.get_by_role("button", name="撤回：今晚九点系统维护").click()
    expect(desk.page.get_by_text("今晚九点系统维护")).to_have_count(0)
