"""Somebody who has just paid a swindler: the card, ticks, next question, the agent, the reply and the evidence."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.pages import CustomerPage, DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]

_AXE = Path(__file__).resolve().parents[2] / "web/node_modules/axe-core/axe.min.js"
_GRAVE = {"serious", "critical"}
_PHONE = {"width": 390, "height": 844}
# What the press of a finger needs, in CSS pixels.
_TARGET = 44

OpenPage = Callable[..., Page]
Screenshot = Callable[[Page, str], None]


def violations(page: Page) -> list[str]:
    """Return what axe finds grave."""
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{violation['id']}: {json.dumps([node['target'] for node in violation['nodes']], ensure_ascii=False)}"
        for violation in found
        if violation["impact"] in _GRAVE
    ]


def first_said(customer: CustomerPage) -> Locator:
    """Return the first thing that anybody but the customer said."""
    return customer.panel.locator(".message:not(.customer)").first


def tick(customer: CustomerPage, step: str) -> Locator:
    """Return the checkbox of a step in the newest card."""
    return customer.panel.get_by_role("checkbox", name=step).last


def tell_of_a_payment(customer: CustomerPage) -> None:
    customer.open_chat()
    customer.say("我被骗了，刚刚给骗子转了钱")
    expect(first_said(customer).locator(".stop-loss")).to_be_visible(timeout=15_000)


@pytest.fixture(scope="session")
def agent(add_agent: Callable[[str, str], tuple[str, str]]) -> tuple[str, str]:
    return add_agent("yuan", "袁清")


@pytest.fixture
def desk(open_page: OpenPage, agent: tuple[str, str]) -> DeskPage:
    desk = DeskPage(open_page("/desk/"))
    desk.sign_in(*agent)
    desk.expect_workbench()
    desk.become_available()
    return desk


def test_from_the_first_word_to_the_evidence(
    open_page: OpenPage, desk: DeskPage, screenshot: Screenshot, tmp_path: Path
) -> None:
    customer = CustomerPage(open_page("/", **_PHONE))
    tell_of_a_payment(customer)
    expect(first_said(customer)).to_contain_text("请先停下，不要再转账")
    screenshot(customer.page, "scam-card-390")

    police = customer.panel.get_by_role("link", name="拨打 110").first
    expect(police).to_have_attribute("href", "tel:110")
    tick(customer, "先停下").check()
    tick(customer, "拨打 110").check()
    expect(customer.panel.get_by_text("已完成 2/7")).to_be_visible()
    expect(customer.panel.get_by_text("距转账或求助已过")).to_be_visible()

    customer.panel.get_by_label("选择银行或支付方式").select_option(label="工商银行")
    expect(customer.panel.get_by_role("link", name="拨打工商银行 95588")).to_have_attribute("href", "tel:95588")
    expect(customer.panel.get_by_text("以银行卡背面或银行官方 App 为准", exact=True)).to_be_visible()
    customer.panel.get_by_label("选择银行或支付方式").scroll_into_view_if_needed()
    screenshot(customer.page, "scam-card-ticked-390")

    customer.say("用工商银行转的，转了8000元")
    customer.expect_text("您报过警了吗")
    screenshot(customer.page, "scam-next-question-390")

    customer.page.reload()
    customer.open_chat()
    expect(tick(customer, "先停下")).to_be_checked()
    expect(tick(customer, "联系付款银行")).not_to_be_checked()

    desk.claim("转了8000元")
    customer.expect_text("袁清")
    panel = desk.page.get_by_role("region", name="疑似受骗")
    expect(panel).to_contain_text("P0 正在受损")
    expect(panel).to_contain_text("24 小时内已经转出")
    expect(panel).to_contain_text("8,000")
    expect(panel).to_contain_text("工商银行")
    expect(panel).to_contain_text("已完成 2/7")
    expect(panel.get_by_text("还缺（请问清）")).to_be_visible()
    screenshot(desk.page, "scam-panel-1366")

    tick(customer, "留住证据").check()
    expect(panel).to_contain_text("已完成 3/7")

    question = panel.get_by_role("button", name="插入回复")
    asked = panel.locator(".next p").text_content() or ""
    question.click()
    expect(desk.composer).to_have_value(asked)
    expect(desk.log.get_by_text(asked, exact=True)).to_have_count(0)

    desk.reply("我是人工客服，正在帮您处理。请先打 110。")
    customer.expect_text("正在帮您处理")
    screenshot(customer.page, "scam-with-agent-390")

    desk.page.get_by_role("button", name="导出证据包").click()
    dialog = desk.page.get_by_role("dialog", name="导出证据包")
    dialog.get_by_role("button", name="导出", exact=True).click()
    expect(dialog.get_by_text("请写明导出原因")).to_be_visible()
    dialog.get_by_label("导出原因").fill("客户报案，民警索取材料")
    with desk.page.expect_download() as download:
        dialog.get_by_role("button", name="导出", exact=True).click()
    assert download.value.suggested_filename.startswith("evidence-")
    pack = tmp_path / "pack.zip"
    download.value.save_as(pack)
    assert zipfile.ZipFile(pack).testzip() is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1366])
@pytest.mark.parametrize("large", [False, True], ids=["usual", "large"])
def test_the_card_can_be_read_and_pressed(
    open_page: OpenPage, screenshot: Screenshot, scheme: str, width: int, large: bool
) -> None:
    page = open_page("/", width=width, height=800, color_scheme=scheme, reduced_motion="reduce")
    customer = CustomerPage(page)
    tell_of_a_payment(customer)
    if large:
        customer.panel.get_by_role("button", name="大字模式").click()
    box = tick(customer, "联系付款银行")
    box.scroll_into_view_if_needed()
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    expect(customer.panel.get_by_text("已完成 1/7")).to_be_visible()
    screenshot(page, f"scam-card-{scheme}-{width}{'-large' if large else ''}")

    sizes = customer.panel.locator(".step-title, .call, .bank-select").evaluate_all(
        "nodes => nodes.filter((node) => node.offsetParent).map((node) => node.getBoundingClientRect().height)"
    )
    assert len(sizes) >= 8
    assert min(sizes) >= _TARGET
    log = customer.panel.locator(".log")
    assert log.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert violations(page) == []


def test_the_desk_shows_it_on_a_phone(open_page: OpenPage, agent: tuple[str, str], screenshot: Screenshot) -> None:
    customer = CustomerPage(open_page("/"))
    tell_of_a_payment(customer)
    customer.say("对方说是刷单返利，转了三千元")
    customer.expect_text("您报过警了吗")
    desk = DeskPage(open_page("/desk/", **_PHONE))
    desk.sign_in(*agent)
    desk.expect_workbench()
    desk.become_available()
    desk.claim("转了三千元")

    desk.page.get_by_role("button", name="查看客户信息").click()
    expect(desk.page.get_by_role("region", name="疑似受骗")).to_contain_text("3,000")
    screenshot(desk.page, "scam-panel-390")
    assert violations(desk.page) == []


@pytest.mark.parametrize("path", ["flags", "outbox"])
@pytest.mark.parametrize("width", [390, 1366])
def test_pages_of_suspicions_and_of_failed_deliveries(
    open_page: OpenPage, administrator: tuple[str, str], screenshot: Screenshot, path: str, width: int
) -> None:
    page = open_page(f"/desk/#/{path}", width=width, height=800)
    DeskPage(page).sign_in(*administrator)

    expect(page.get_by_role("heading", level=1, name={"flags": "黑灰产疑点", "outbox": "未送达"}[path])).to_be_visible()
    expect(page.get_by_text({"flags": "没有符合条件的疑点", "outbox": "没有未送达的请求"}[path])).to_be_visible()
    screenshot(page, f"desk-{path}-{width}")
    assert violations(page) == []


def test_a_card_number_does_not_stay_on_the_screen(open_page: OpenPage, screenshot: Screenshot) -> None:
    customer = CustomerPage(open_page("/", **_PHONE))
    tell_of_a_payment(customer)
    customer.say("我的卡号是6222021234567890128")

    customer.expect_text("银行卡号已经隐藏")
    own = customer.panel.locator(".message.customer").last
    expect(own).to_contain_text("[银行卡尾号0128]")
    expect(customer.panel.get_by_text("6222021234567890128")).to_have_count(0)
    screenshot(customer.page, "masked-390")


def test_a_suspicion_is_read_confirmed_and_exported(
    open_page: OpenPage, administrator: tuple[str, str], screenshot: Screenshot
) -> None:
    customer = CustomerPage(open_page("/"))
    customer.open_chat()
    customer.say("专业代理维权，停息挂账，全网最低价，先交服务费，包协商成功，加我微信")
    expect(first_said(customer)).to_be_visible(timeout=15_000)
    page = open_page("/desk/#/flags")
    DeskPage(page).sign_in(*administrator)

    page.get_by_role("row", name="代理维权").get_by_role("link").click()
    expect(page.get_by_role("heading", level=2, name="代理维权")).to_be_focused()
    expect(page.get_by_text("停息挂账").first).to_be_visible()
    page.get_by_role("button", name="确认", exact=True).click()
    dialog = page.get_by_role("dialog", name="确认")
    dialog.get_by_role("button", name="确认", exact=True).click()
    expect(dialog.get_by_text("请选择一项")).to_be_visible()
    dialog.get_by_text("客户疑似招揽、经营的一方").click()
    dialog.get_by_label("理由（必填）").fill("自称收费代理，留了联系方式")
    screenshot(page, "desk-flag-confirm-1366")
    assert violations(page) == []
    dialog.get_by_role("button", name="确认", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("自称收费代理，留了联系方式").first).to_be_visible()
    expect(page.get_by_role("button", name="代客户申诉")).to_be_visible()
    screenshot(page, "desk-flag-1366")
    assert violations(page) == []

    page.get_by_role("button", name="返回疑点列表").click()
    page.get_by_label("状态").select_option("confirmed")
    expect(page.get_by_role("row", name="已确认")).to_have_count(1)
    screenshot(page, "desk-flags-filled-1366")
    with page.expect_download() as download:
        page.get_by_role("button", name="导出已确认的疑点").click()
    assert download.value.suggested_filename == "flags.csv"
