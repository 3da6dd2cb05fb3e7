"""A customer and an agent in two browsers: from the first word to the end."""

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import CustomerPage, DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# What a reply may take from one screen to the other.
_WITHIN = 1_000


@pytest.fixture(scope="session")
def agent(add_agent: Callable[[str, str], tuple[str, str]]) -> tuple[str, str]:
    return add_agent("fang", "方圆")


@pytest.fixture
def desk(open_page: Callable[..., Page], agent: tuple[str, str]) -> DeskPage:
    desk = DeskPage(open_page("/desk/"))
    desk.sign_in(*agent)
    desk.expect_workbench()
    desk.become_available()
    return desk


def test_a_victim_is_told_to_stop_first_and_reaches_a_person(
    customer: CustomerPage, desk: DeskPage, screenshot: Callable[[Page, str], None]
) -> None:
    customer.open_chat()
    customer.say("我被骗了，刚给对方转了5000块")

    customer.expect_text("110")
    expect(customer.panel.get_by_role("link", name="110").first).to_have_attribute("href", "tel:110")
    customer.expect_text("已为您紧急转接人工")
    screenshot(customer.page, "stop-loss")

    item = desk.queue_item("刚给对方转了5000块").first
    expect(item).to_contain_text("紧急")
    expect(item).to_contain_text("诈骗求助")
    screenshot(desk.page, "queue")
    desk.claim("刚给对方转了5000块")

    customer.expect_text("方圆")
    expect(desk.page.get_by_text("疑似正在被骗或刚刚受骗").first).to_be_visible()
    expect(desk.log).to_contain_text("刚给对方转了5000块")
    screenshot(desk.page, "handoff-card")

    began = time.monotonic()
    desk.reply("您好，我是人工客服。请先拨打 110，我在这里等您。")
    customer.expect_text("我在这里等您", timeout=_WITHIN)
    assert time.monotonic() - began < 2

    customer.say("已经报警了，警察让我等电话")
    expect(desk.log.get_by_text("已经报警了，警察让我等电话")).to_be_visible(timeout=_WITHIN)
    customer.say("提前还款怎么操作")
    expect(desk.log.get_by_text("提前还款怎么操作")).to_be_visible()
    # The bot would have answered this in well under a second; it stays silent while a person serves.
    desk.reply("这个稍后我帮您看。")
    customer.expect_text("这个稍后我帮您看")
    expect(customer.panel.get_by_text("可以申请提前还款")).to_have_count(0)
    screenshot(customer.page, "with-an-agent")

    desk.close("已解决")
    customer.expect_text("本次会话已结束")
    # The scam is not over: nobody is asked how they liked it.
    expect(customer.panel.get_by_text("这次服务帮到您了吗")).to_have_count(0)
    screenshot(customer.page, "closed")


def test_an_answer_shows_its_sources_and_a_person_is_one_tap_away(
    customer: CustomerPage, screenshot: Callable[[Page, str], None]
) -> None:
    customer.open_chat()
    customer.say("提前还款怎么操作")

    customer.expect_text("实际用款的时间")
    customer.panel.get_by_text("来源与日期").first.click()
    customer.expect_text("民法典")
    expect(customer.panel.get_by_role("button", name="转人工").first).to_be_visible()
    screenshot(customer.page, "answer")


def test_a_reload_keeps_the_conversation(customer: CustomerPage) -> None:
    customer.open_chat()
    customer.say("逾期几天会上征信")
    customer.expect_text("没有统一的天数")

    customer.page.reload()
    customer.open_chat()

    customer.expect_text("逾期几天会上征信")
    customer.expect_text("没有统一的天数")


@pytest.mark.parametrize("entry", ["我被骗了", "我要投诉", "协商与救助"])
def test_each_entry_starts_its_conversation(customer: CustomerPage, entry: str) -> None:
    customer.press_entry(entry)

    expect(customer.composer).to_be_visible()
    customer.expect_text(entry)


def test_text_that_looks_like_markup_is_shown_as_text(customer: CustomerPage, desk: DeskPage) -> None:
    customer.open_chat()
    customer.say("转人工")
    customer.expect_text("排")
    customer.say("<img src=x onerror=alert(1)><b>粗体</b>")

    customer.expect_text("<img src=x onerror=alert(1)>")
    desk.claim("<img src=x")
    expect(desk.log).to_contain_text("<img src=x onerror=alert(1)><b>粗体</b>")
