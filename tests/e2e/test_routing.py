"""Two agents and a customer: an offer that is declined goes to the colleague, who accepts it and passes it back."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import CustomerPage, DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]

QUESTION = "我要找人工核对一笔特别的账单"


def offer(desk: DeskPage) -> Locator:
    """The card of the offer; other customers of earlier tests may wait as well."""
    return desk.page.get_by_role("region", name="分给您的会话").get_by_role("article")


@pytest.fixture(scope="session")
def pair(add_agent: Callable[[str, str], tuple[str, str]]) -> tuple[tuple[str, str], tuple[str, str]]:
    return add_agent("xia", "夏一"), add_agent("qiu", "邱二")


@pytest.fixture
def desks(open_page: Callable[..., Page], pair: tuple[tuple[str, str], tuple[str, str]]) -> dict[str, DeskPage]:
    opened = {}
    for name, account in zip(("夏一", "邱二"), pair, strict=True):
        desk = DeskPage(open_page("/desk/"))
        desk.sign_in(*account)
        desk.expect_workbench()
        opened[name] = desk
    return opened


def test_an_offer_is_declined_accepted_by_the_colleague_and_passed_on(
    customer: CustomerPage, desks: dict[str, DeskPage], screenshot: Callable[[Page, str], None]
) -> None:
    xia, qiu = desks["夏一"], desks["邱二"]
    customer.open_chat()
    # Urgent, so that nobody of an earlier test is offered first.
    customer.say("我被骗了，刚给对方转了7315块，" + QUESTION)
    customer.expect_text("已为您紧急转接人工")

    xia.become_available()
    card = offer(xia).filter(has_text="7315")
    expect(card).to_contain_text("为什么分给我")
    expect(card).to_contain_text("秒内接受")
    screenshot(xia.page, "offer")
    qiu.become_available()
    expect(qiu.queue_item("7315").first).to_contain_text("等待夏一接受")
    expect(qiu.queue_item("7315").first.get_by_role("button", name="接入")).to_have_count(0)

    card.get_by_role("button", name="不接").click()
    xia.page.get_by_role("menuitem", name="正在处理紧急的会话").click()
    expect(card).to_have_count(0)
    expect(offer(qiu).filter(has_text="7315")).to_be_visible()
    qiu.page.keyboard.press("a")

    customer.expect_text("邱二")
    expect(qiu.log).to_contain_text("7315")
    qiu.page.get_by_role("button", name="转交", exact=True).click()
    dialog = qiu.page.get_by_role("dialog", name="转交会话")
    colleague = dialog.locator("option").filter(has_text="夏一")
    dialog.get_by_label("转给").select_option(colleague.get_attribute("value"))
    dialog.get_by_label("交接说明").fill("已请客户拨打 110")
    dialog.get_by_role("button", name="转交").click()

    customer.expect_text("夏一")
    xia.page.get_by_role("tab", name="我的会话").click()
    xia.page.get_by_role("listitem").filter(has_text="7315").first.click()
    expect(xia.page.get_by_text("坐席转交：已请客户拨打 110").first).to_be_visible()
    screenshot(xia.page, "transferred")


def test_an_administrator_makes_a_team_and_sets_a_capacity(
    open_page: Callable[..., Page],
    administrator: tuple[str, str],
    pair: tuple[tuple[str, str], tuple[str, str]],
    screenshot: Callable[[Page, str], None],
) -> None:
    desk = DeskPage(open_page("/desk/"))
    desk.sign_in(*administrator)
    desk.expect_workbench()
    page = desk.page
    page.get_by_role("link", name="团队").click()
    expect(page.get_by_text("还没有团队：每个人都有全部技能")).to_be_visible()

    page.get_by_role("button", name="新建团队").click()
    dialog = page.get_by_role("dialog", name="新建团队")
    dialog.get_by_label("团队名称").fill("反诈一组")
    dialog.get_by_text("反诈", exact=True).click()
    dialog.get_by_text("夏一").click()
    dialog.get_by_role("button", name="保存").click()

    row = page.get_by_role("row").filter(has_text="反诈一组")
    expect(row).to_contain_text("夏一")
    capacity = page.get_by_role("spinbutton", name="夏一的接待上限")
    capacity.fill("8")
    capacity.press("Tab")
    expect(page.get_by_text("已保存").first).to_be_visible()
    page.reload()
    expect(page.get_by_role("spinbutton", name="夏一的接待上限")).to_have_value("8")
    screenshot(page, "teams")

    # The other tests have a desk without teams.
    row.get_by_role("button", name="解散").click()
    page.get_by_role("dialog").get_by_role("button", name="解散").click()
    expect(page.get_by_text("还没有团队：每个人都有全部技能")).to_be_visible()
