"""The scenes of the manuals (docs/agents.zh-CN.md and its sister), played. MANUAL_SCREENSHOTS=1 keeps pictures."""

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.pages import CustomerPage, DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]

_PICTURES = Path(__file__).resolve().parents[2] / "docs/images/manual"
_COLOURS = 256
_MOST_BYTES = 150_000
# Somebody of an earlier test may be asked first.
_OFFERED_WITHIN = 45_000
FIRST, SECOND = "坐席甲", "坐席乙"

Keep = Callable[[Page, str], None]


@pytest.fixture
def keep(tmp_path: Path) -> Keep:
    """Keeps what a page shows: in the manuals if that is asked for, else where nobody looks."""
    is_asked_for = os.environ.get("MANUAL_SCREENSHOTS") == "1"
    folder = _PICTURES if is_asked_for else tmp_path
    folder.mkdir(parents=True, exist_ok=True)

    def keep(page: Page, name: str) -> None:
        if is_asked_for:
            # "Claimed" and the like, which go by themselves.
            expect(page.locator(".el-message")).to_have_count(0, timeout=10_000)
        shown = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        path = folder / f"{name}.png"
        shown.quantize(_COLOURS).save(path, optimize=True)
        assert path.stat().st_size < _MOST_BYTES

    return keep


@pytest.fixture(scope="session")
def accounts(add_agent: Callable[[str, str], tuple[str, str]]) -> dict[str, tuple[str, str]]:
    return {FIRST: add_agent("jia", FIRST), SECOND: add_agent("yi", SECOND)}


@pytest.fixture
def open_desk(open_page: Callable[..., Page], accounts: dict[str, tuple[str, str]]) -> Callable[[str], DeskPage]:
    def open_desk(name: str) -> DeskPage:
        desk = DeskPage(open_page("/desk/", timezone_id="Asia/Shanghai"))
        desk.sign_in(*accounts[name])
        desk.expect_workbench()
        return desk

    return open_desk


def go_away(desk: DeskPage) -> None:
    """Nothing of later tests shall be offered to somebody who has left."""
    switch = desk.page.get_by_role("switch", name="接待状态")
    switch.locator("xpath=..").click()
    expect(switch).to_have_attribute("aria-checked", "false")


def write_a_canned_reply(desk: DeskPage, title: str, shortcut: str, body: str) -> None:
    desk.page.get_by_role("link", name="话术").click()
    desk.page.get_by_role("button", name="新建话术").click()
    dialog = desk.page.get_by_role("dialog")
    dialog.get_by_label("标题").fill(title)
    dialog.get_by_label("快捷词").fill(shortcut)
    dialog.get_by_label("正文").fill(body)
    dialog.get_by_role("button", name="保存").click()
    expect(desk.page.get_by_role("heading", name=title)).to_be_visible()


def test_the_day_of_an_agent(customer: CustomerPage, open_desk: Callable[[str], DeskPage], keep: Keep) -> None:
    customer.open_chat()
    customer.say("我被骗了，刚给对方转了6200块")
    customer.expect_text("已为您紧急转接人工")

    # The offer: why me, how long, accept or decline.
    desk = open_desk(FIRST)
    page = desk.page
    desk.become_available()
    card = page.get_by_role("region", name="分给您的会话").get_by_role("article").filter(has_text="6200")
    expect(card).to_be_visible(timeout=_OFFERED_WITHIN)
    expect(card).to_contain_text("为什么分给我")
    expect(card).to_contain_text("秒内接受")
    expect(card.get_by_role("button", name="接受")).to_be_visible()
    expect(card.get_by_role("button", name="不接")).to_be_visible()
    expect(desk.queue_item("6200").first).to_contain_text("紧急")
    keep(page, "offer")
    # The key `a` takes the first offer, and others may wait here.
    card.get_by_role("button", name="接受").click()

    # The conversation and what the bot has learned.
    desk.reply("您好，我在看您前面说的内容。请先停下，不要再转账。")
    customer.expect_text("请先停下，不要再转账。")
    for name in ("退回机器人", "转交", "重新排队", "结束会话"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    for name in ("转接信息", "知识检索"):
        expect(page.get_by_role("tab", name=name)).to_be_visible()
    expect(page.get_by_role("region", name="疑似受骗")).to_contain_text("还缺（请问清）")
    expect(page.get_by_role("region", name="疑似受骗")).to_contain_text("客户的步骤清单")
    keep(page, "conversation")

    # Canned replies at the beginning of a line.
    write_a_canned_reply(desk, "接入问候", "接入", "您好，我是{{agent_name}}，您说过的我都看到了，不用重复。")
    write_a_canned_reply(desk, "请打 110", "接警", "请换一部手机拨打 110，说“电信诈骗，请求紧急止付”。")
    page.go_back()
    expect(desk.composer).to_be_visible()
    desk.composer.click()
    page.keyboard.type("/接")
    expect(page.get_by_role("option", name="接入问候")).to_be_visible()
    keep(page, "palette")
    page.keyboard.type("入")
    expect(page.get_by_role("option", name="请打 110")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(desk.composer).to_have_value(f"您好，我是{FIRST}，您说过的我都看到了，不用重复。")
    desk.composer.fill("")

    # A note that tells a colleague.
    colleague = open_desk(SECOND)
    page.get_by_role("tab", name="备注", exact=True).click()
    page.locator("#note-text").click()
    page.keyboard.type("@坐席乙")
    expect(page.get_by_role("option", name=SECOND)).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.type("收款账户之前登记过吗")
    page.keyboard.press("Enter")
    expect(desk.log.get_by_text("收款账户之前登记过吗")).to_be_visible()
    expect(desk.log.get_by_text("仅内部可见")).to_be_visible()
    expect(colleague.page.get_by_role("button", name="提醒，1 条未读")).to_be_visible()
    keep(page, "note")

    # Passing it on, with what was done.
    colleague.become_available()
    expect(colleague.page.get_by_role("switch", name="接待状态")).to_have_attribute("aria-checked", "true")
    page.get_by_role("button", name="转交", exact=True).click()
    dialog = page.get_by_role("dialog", name="转交会话")
    option = dialog.locator("option").filter(has_text=SECOND)
    dialog.get_by_label("转给").select_option(option.get_attribute("value"))
    dialog.get_by_label("交接说明").fill("已请客户停止转账、拨打 110；付款银行还没问到。")
    keep(page, "transfer")
    dialog.get_by_role("button", name="取消").click()
    expect(dialog).to_be_hidden()
    go_away(colleague)

    # On a phone.
    page.get_by_role("tab", name="回复", exact=True).click()
    page.set_viewport_size({"width": 390, "height": 844})
    for name in ("返回列表", "更多操作", "查看客户信息"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    keep(page, "phone")
    page.set_viewport_size({"width": 1366, "height": 768})

    # The case, of which this agent is the owner now.
    page.get_by_role("link", name="打开工单").click()
    expect(page.get_by_role("heading", level=2).filter(has_text="诈骗求助")).to_contain_text("止损中")
    expect(page.get_by_role("button", name="转为“跟进中”")).to_be_visible()
    for name in ("办结", "合并工单"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_visible()
    for name in ("承诺期限", "登记信息", "会话中了解到的", "时间线"):
        expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page.get_by_text("哈希链完整，没有发现改动")).to_be_visible()
    keep(page, "case")

    # The end, for one of the reasons that the manual explains.
    page.go_back()
    page.get_by_role("button", name="结束会话", exact=True).click()
    dialog = page.get_by_role("dialog", name="结束会话")
    for reason in ("已解决", "已说明，客户知悉", "需后续跟进", "客户未再回应", "不属于本平台事项"):
        expect(dialog.get_by_text(reason, exact=True)).to_be_visible()
    dialog.get_by_text("需后续跟进").click()
    dialog.get_by_role("button", name="结束会话").click()
    customer.expect_text("本次会话已结束")
    go_away(desk)


def test_the_day_of_a_supervisor(
    customer: CustomerPage,
    open_page: Callable[..., Page],
    administrator: tuple[str, str],
    accounts: dict[str, tuple[str, str]],
    open_desk: Callable[[str], DeskPage],
    keep: Keep,
) -> None:
    customer.open_chat()
    customer.say("转人工")
    customer.expect_text("工单号")
    customer.say("还款日想往后推几天，手续费五九四元怎么算")
    serving = open_desk(FIRST)
    serving.claim("手续费五九四元")
    customer.expect_text(FIRST)

    desk = DeskPage(open_page("/desk/", timezone_id="Asia/Shanghai"))
    desk.sign_in(*administrator)
    desk.expect_workbench()
    page = desk.page
    page.get_by_role("link", name="看板").click()
    expect(page.get_by_role("heading", name="现场看板")).to_be_visible()
    for name in ("排队", "坐席", "即将到期的承诺", "当日数字", "发通知"):
        expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=FIRST).first).to_be_visible()
    promise = page.get_by_role("row").filter(has_text="首次回复").filter(has_text=FIRST)
    for name in ("打开", "接管", "改派", "提示坐席"):
        expect(promise.get_by_role("button", name=name).first).to_be_visible()
    expect(page.locator("[data-figure]").first).to_be_visible()
    keep(page, "board")

    # What a supervisor notes, the agent reads and the customer does not.
    promise.get_by_role("button", name="打开").first.click()
    expect(page.get_by_role("button", name="接管", exact=True)).to_be_visible()
    expect(serving.page.get_by_text("管理员 也在看")).to_be_visible()
    page.get_by_role("tab", name="备注", exact=True).click()
    page.locator("#note-text").fill("先说一声您在看")
    page.get_by_role("button", name="保存备注").click()
    expect(serving.log.get_by_text("先说一声您在看")).to_be_visible()
    expect(customer.panel.get_by_text("先说一声您在看")).to_have_count(0)

    page.get_by_role("link", name="团队").click()
    page.get_by_role("button", name="新建团队").click()
    dialog = page.get_by_role("dialog", name="新建团队")
    dialog.get_by_label("团队名称").fill("反诈组")
    dialog.get_by_text("反诈", exact=True).click()
    dialog.get_by_text(SECOND).click()
    dialog.get_by_role("button", name="保存").click()
    team = page.get_by_role("row").filter(has_text="反诈组")
    expect(team).to_contain_text(SECOND)
    expect(page.get_by_role("spinbutton", name=f"{FIRST}的接待上限")).to_have_value("5")
    keep(page, "teams")
    # The other tests have a desk without teams.
    team.get_by_role("button", name="解散").click()
    page.get_by_role("dialog").get_by_role("button", name="解散").click()
    expect(page.get_by_text("还没有团队：每个人都有全部技能")).to_be_visible()

    page.get_by_role("link", name="审计").click()
    expect(page.get_by_role("heading", name="审计")).to_be_visible()
    page.get_by_role("combobox", name="操作", exact=True).select_option(label="接入会话")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("row").filter(has_text=FIRST).first).to_contain_text("接入会话")
    expect(page.get_by_role("button", name="导出 CSV").or_(page.get_by_role("link", name="导出 CSV"))).to_be_visible()
    keep(page, "audit")

    for name in ("话术", "疑点", "未答问题", "未送达", "坐席管理"):
        page.get_by_role("link", name=name).click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    serving.close("已说明，客户知悉")
    customer.expect_text("本次会话已结束")
