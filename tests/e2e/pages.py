"""The zone, the widget and the desk as the tests speak of them."""

from playwright.sync_api import Locator, Page, expect


class CustomerPage:
    """A customer in the zone with the chat."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.locator("xiaobao-chat")

    def press_entry(self, title: str) -> None:
        self.page.get_by_role("button", name=title).first.click()

    def open_chat(self) -> None:
        self.page.get_by_role("button", name="联系小保").click()
        expect(self.composer).to_be_visible()

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("输入消息")

    def say(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    def expect_text(self, text: str, *, timeout: float = 15_000) -> None:
        expect(self.panel.get_by_text(text).last).to_be_visible(timeout=timeout)

    def rate(self, label: str) -> None:
        self.panel.get_by_role("button", name=label).or_(self.panel.get_by_role("radio", name=label)).first.click()


class DeskPage:
    """An agent at the desk."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def sign_in(self, username: str, password: str) -> None:
        """Sign in; where too many did from this one address in the last minute, wait as the desk says."""
        while True:
            self.page.get_by_label("登录名").fill(username)
            self.page.get_by_label("密码", exact=True).fill(password)
            with self.page.expect_response("**/desk/api/login") as answered:
                self.page.get_by_role("button", name="登录", exact=True).click()
            answer = answered.value
            if answer.status != 429 or answer.json()["error"]["code"] != "rate_limited":
                return
            self.page.wait_for_timeout(1000 * int(answer.headers["retry-after"]))

    def set_new_password(self, new: str) -> None:
        self.page.get_by_label("新密码", exact=True).fill(new)
        self.page.get_by_label("再次输入新密码").fill(new)
        self.page.get_by_role("button", name="保存新密码").click()

    def expect_workbench(self) -> None:
        # After a changed password the desk may ask for the new one.
        expect(self.page.get_by_role("tab", name="排队")).to_be_visible()

    def sign_out(self) -> None:
        self.page.get_by_role("button", name="账户").click()
        self.page.get_by_role("menuitem", name="退出登录").click()
        expect(self.page.get_by_label("登录名")).to_be_visible()

    def add_agent(self, username: str, name: str) -> str:
        """Add an agent and return the one-time password that is shown once."""
        self.page.get_by_role("link", name="坐席管理").click()
        self.page.get_by_role("button", name="添加坐席").click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_label("姓名").fill(name)
        dialog.get_by_label("登录名").fill(username)
        dialog.get_by_role("button", name="确定").or_(dialog.get_by_role("button", name="添加")).last.click()
        shown = self.page.get_by_role("dialog", name="一次性密码").get_by_role("code")
        expect(shown).to_be_visible()
        password = (shown.text_content() or "").strip()
        self.page.get_by_role("button", name="我已记下").click()
        return password

    def become_available(self) -> None:
        switch = self.page.get_by_role("switch", name="接待状态")
        if switch.get_attribute("aria-checked") != "true":
            # The component hides its own input; people click what is drawn around it.
            switch.locator("xpath=..").click()

    def queue_item(self, text: str) -> Locator:
        return self.page.get_by_role("listitem").filter(has_text=text)

    def claim(self, text: str) -> None:
        self.queue_item(text).first.get_by_role("button", name="接入").first.click()

    @property
    def composer(self) -> Locator:
        return self.page.get_by_label("回复客户")

    def reply(self, text: str) -> None:
        self.composer.fill(text)
        self.composer.press("Enter")

    @property
    def log(self) -> Locator:
        return self.page.get_by_role("log", name="会话记录")

    def close(self, resolution: str) -> None:
        self.page.get_by_role("button", name="结束会话").first.click()
        dialog = self.page.get_by_role("dialog")
        dialog.get_by_text(resolution).click()
        dialog.get_by_role("button", name="结束会话").or_(dialog.get_by_role("button", name="确定")).last.click()
