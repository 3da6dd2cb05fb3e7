"""A second factor in the browser: set up, asked for, replaced by a recovery code, reset; and the audit page."""

import re
import time
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import DeskPage

pytestmark = [pytest.mark.browser, pytest.mark.processes]

STEP_SECONDS = 30


class Phone:
    """An authenticator app: waits for a code that was not used yet, at most a step ahead of the clock."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)
        # The server takes the step before, so three codes are good without waiting.
        self._step = int(time.time()) // STEP_SECONDS - 2

    def code(self) -> str:
        self._step += 1
        return self._totp.generate_otp(self._step)


def give_code(page: Page, label: str, code: str, button: str) -> None:
    page.get_by_label(label, exact=True).fill(code)
    page.get_by_role("button", name=button, exact=True).click()


def test_second_factor_from_setting_up_to_reset(
    open_page: Callable[..., Page],
    add_agent: Callable[[str, str], tuple[str, str]],
    administrator: tuple[str, str],
    screenshot: Callable[[Page, str], None],
) -> None:
    username, password = add_agent("tao", "陶一")
    page = open_page("/desk/")
    desk = DeskPage(page)
    desk.sign_in(username, password)
    desk.expect_workbench()

    # Set up from the account menu, on a phone's screen as well.
    page.get_by_role("button", name="账户").click()
    page.get_by_role("menuitem", name="我的账户").click()
    expect(page.get_by_role("heading", name="登录设备")).to_be_visible()
    expect(page.get_by_text("本机")).to_be_visible()
    page.get_by_role("button", name="启用第二重验证").click()
    give_code(page, "当前密码", password, "下一步")
    expect(page.get_by_role("img", name="第二重验证的二维码")).to_be_visible()
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(page, "second-factor-setup-390")
    page.set_viewport_size({"width": 1366, "height": 768})
    phone = Phone((page.locator(".offer code").text_content() or "").strip())
    give_code(page, "验证码", "000000", "确认启用")
    expect(page.get_by_role("alert").filter(has_text="验证码不正确")).to_be_visible()
    give_code(page, "验证码", phone.code(), "确认启用")
    expect(page.get_by_role("heading", name="恢复码")).to_be_focused()
    recovery = [code.strip() for code in page.locator(".codes code").all_text_contents()]
    assert len(recovery) == 10
    page.get_by_role("button", name="我已保存").click()
    expect(page.get_by_text("还有 10 个恢复码可用")).to_be_visible()

    # Sign in with the keyboard alone: password, then the code.
    desk.sign_out()
    desk.sign_in(username, password)
    expect(page.get_by_label("验证码", exact=True)).to_be_focused()
    page.keyboard.type(phone.code())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="登录设备")).to_be_visible()

    # Without the phone.
    desk.sign_out()
    desk.sign_in(username, password)
    page.get_by_role("button", name="使用恢复码").click()
    give_code(page, "恢复码", recovery[0], "验证")
    expect(page.get_by_text("还有 9 个恢复码可用")).to_be_visible()

    # The administrator resets it; the open page is signed out at once.
    office = open_page("/desk/#/agents")
    DeskPage(office).sign_in(*administrator)
    office.get_by_role("button", name="重置第二重验证：陶一").click()
    office.get_by_role("dialog").get_by_role("button", name="重置第二重验证").click()
    expect(page.get_by_label("登录名")).to_be_visible()

    # Required by the administrator, it is set up before anything else.
    office.get_by_role("checkbox", name="要求陶一使用第二重验证").check()
    expect(office.get_by_text("已更新").last).to_be_visible()
    desk.sign_in(username, password)
    expect(page.get_by_role("heading", name="请先设置第二重验证")).to_be_visible()
    expect(page.get_by_role("tab", name="排队")).to_be_hidden()

    # All of it is in the audit trail.
    office.get_by_role("link", name="审计").click()
    row = office.get_by_role("row").filter(has_text="重置第二重验证")
    expect(row.first).to_be_visible()
    office.get_by_role("combobox", name="操作", exact=True).select_option(label="启用第二重验证")
    office.get_by_role("button", name="查询").click()
    expect(office.get_by_role("row").filter(has_text="陶一")).to_have_count(1)
    screenshot(office, "audit")
    expect(office.get_by_text(re.compile("已显示 1 条"))).to_be_visible()
