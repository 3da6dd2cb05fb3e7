"""A screenshot on its way from a customer's telephone to an agent's screen, and what is refused on the way."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages import CustomerPage, DeskPage
from tests.samples import PDF, SVG, picture

pytestmark = [pytest.mark.browser, pytest.mark.processes]

# Uploads go through a process of their own, on a machine that does other things as well.
_UPLOAD = 20_000


@pytest.fixture(scope="session")
def agent(add_agent: Callable[[str, str], tuple[str, str]]) -> tuple[str, str]:
    return add_agent("tu", "涂图")


@pytest.fixture
def desk(open_page: Callable[..., Page], agent: tuple[str, str]) -> DeskPage:
    desk = DeskPage(open_page("/desk/"))
    desk.sign_in(*agent)
    desk.expect_workbench()
    desk.become_available()
    return desk


def choose(page: Page, *files: tuple[str, str, bytes]) -> None:
    """Choose files as the file dialog gives them: name, declared type, bytes."""
    chosen = [{"name": name, "mimeType": declared, "buffer": content} for name, declared, content in files]
    page.locator("input[type=file]").first.set_input_files(chosen)  # type: ignore[arg-type]  # FilePayload


def test_screenshot_reaches_the_agent_and_a_document_comes_back(
    open_page: Callable[..., Page], desk: DeskPage, screenshot: Callable[[Page, str], None], tmp_path: Path
) -> None:
    customer = CustomerPage(open_page("/", width=390, height=844))
    page = customer.page
    customer.open_chat()
    choose(page, ("聊天截图.png", "image/png", picture(size=(540, 1200))))
    expect(customer.panel.get_by_text("不要发送完整的银行卡")).to_be_visible()
    screenshot(page, "file-before-sending")
    customer.composer.press("Enter")

    expect(customer.panel.get_by_role("button", name="查看大图：聊天截图.png")).to_be_visible(timeout=_UPLOAD)
    customer.expect_text("看不懂图片里的内容")
    thumbnail = customer.panel.get_by_alt_text("图片 聊天截图.png").first
    expect(thumbnail).to_have_js_property("naturalHeight", 480)
    # Nothing sticks out of a narrow screen.
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    screenshot(page, "file-sent")
    customer.panel.get_by_role("button", name="查看大图：聊天截图.png").click()
    whole = customer.panel.get_by_role("dialog", name="查看图片").get_by_role("img")
    expect(whole).to_have_js_property("naturalHeight", 1200)
    page.keyboard.press("Escape")
    expect(whole).to_be_hidden()
    expect(customer.composer).to_be_visible()

    customer.panel.get_by_role("button", name="转人工").first.click()
    # Whatever the hour is: outside of working time the words are others.
    customer.expect_text("工单号")
    desk.claim("[图片]")
    shown = desk.log.get_by_role("button", name="查看大图：聊天截图.png")
    expect(shown).to_be_visible()
    expect(shown.get_by_role("img")).to_have_js_property("naturalHeight", 480)
    shown.click()
    viewer = desk.page.locator(".el-image-viewer__wrapper")
    expect(viewer.locator("img").first).to_have_js_property("naturalHeight", 1200)
    screenshot(desk.page, "file-at-the-desk")
    desk.page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(shown).to_be_focused()

    choose(desk.page, ("还款计划.pdf", "application/pdf", PDF))
    desk.page.get_by_role("button", name="发送", exact=True).click()
    with page.expect_download(timeout=_UPLOAD) as download:
        customer.panel.get_by_role("button", name="保存文件 还款计划.pdf").click(timeout=_UPLOAD)
    assert download.value.suggested_filename == "还款计划.pdf"
    assert Path(download.value.path()).read_bytes() == PDF


def test_dangerous_and_oversized_files_are_refused_with_the_reason(customer: CustomerPage) -> None:
    page = customer.page
    customer.open_chat()
    choose(page, ("截图.svg", "image/svg+xml", SVG))
    expect(customer.panel.get_by_text("不支持“截图.svg”")).to_be_visible()
    choose(page, ("录屏.png", "image/png", bytes(20 * 1024 * 1024)))
    expect(customer.panel.get_by_text("超过 10 MB")).to_be_visible()
    expect(customer.panel.get_by_role("listitem")).to_have_count(0)

    # A name that lies gets past the page, and not past the server.
    choose(page, ("截图.png", "image/png", SVG))
    customer.composer.press("Enter")
    customer.expect_text("未发送：不支持这种文件", timeout=_UPLOAD)
    customer.panel.get_by_role("button", name="删除").click()
    expect(customer.panel.get_by_text("截图.png")).to_have_count(0)

    # What is a picture after all is shown as the picture that it is.
    choose(page, ("发票.pdf", "application/pdf", picture()))
    customer.composer.press("Enter")
    expect(customer.panel.get_by_role("button", name="查看大图：发票.png")).to_be_visible(timeout=_UPLOAD)
