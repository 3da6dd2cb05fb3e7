"""Texts that people and attackers send: stored and answered as text, or refused with a reason."""

import pytest

from tests.fakes import FakeBot
from tests.integration.gateway.clients import Customer, error_code

AS_TEXT: dict[str, str] = {
    "one emoji": "😭",
    "joined emoji": "👨‍👩‍👧‍👦",
    "restart command": "/restart",
    "intent with entities": '/request_human{"x":1}',
    "slash": "/",
    "script": "<script>alert(1)</script>",
    "image": '<img src=x onerror="alert(1)">',
    "Markdown link": "[点我](javascript:alert(1))",
    "template": "{{PLATFORM_HOTLINE}} {0} %s ${x}",
    "SQL": "'; DROP TABLE message; --",
    "JSON": '{"t":"auth","token":"x"}',
    "line breaks": "第一行\n第二行\n\n第四行",
    "rare characters": "𠮷野家 ﷽ ẞ",
    "right to left": "مرحبا",
    "2000 characters": "钱" * 2000,
}


@pytest.mark.parametrize("text", AS_TEXT.values(), ids=AS_TEXT.keys())
async def test_text_is_stored_and_answered_as_it_is(customer: Customer, bot: FakeBot, text: str) -> None:
    await customer.say(text)

    reply = await customer.hear("答：")

    said = (await customer.transcript())[0]
    assert said["text"] == text
    assert bot.turns[0]["text"] == text
    assert "payload" not in bot.turns[0]
    assert reply["sender"] == "bot"


CLEANED: dict[str, tuple[str, str]] = {
    "NUL": ("我被\0骗了", "我被骗了"),
    "escape sequences": ("\x1b[31m红\x1b[0m", "[31m红[0m"),
    "Windows line ends": ("一\r\n二\r三", "一\n二\n三"),
    "surrounding white space": ("  \t你好\n ", "你好"),
    "zero width": ("被\u200b骗\ufeff了", "被骗了"),
    "direction marks": ("\u202e钱\u202c", "钱"),
    "bell and delete": ("转\x07账\x7f", "转账"),
}


@pytest.mark.parametrize(("sent", "stored"), CLEANED.values(), ids=CLEANED.keys())
async def test_invisible_characters_are_taken_out(customer: Customer, bot: FakeBot, sent: str, stored: str) -> None:
    await customer.say(sent)
    await customer.hear("答：")

    assert (await customer.transcript())[0]["text"] == stored
    assert bot.asked == [stored]


EMPTY: dict[str, str] = {
    "nothing": "",
    "spaces": "   ",
    "line breaks": "\r\n\n",
    "ideographic spaces": "\u3000\u3000",
    "NUL only": "\0\0\0",
    "control characters only": "\x01\x02\x1b\x7f\x85",
    "zero width only": "\u200b\u200d\ufeff",
}


@pytest.mark.parametrize("text", EMPTY.values(), ids=EMPTY.keys())
async def test_text_with_nothing_to_see_is_refused(customer: Customer, text: str) -> None:
    response = await customer.post("/messages", {"client_id": "c-1", "text": text})

    assert response.status == 422
    assert await error_code(response) == "text_empty"
    assert await customer.transcript() == []


@pytest.mark.parametrize("length", [2001, 10_000, 40_000])
async def test_long_text_is_refused_with_its_limit(customer: Customer, length: int) -> None:
    response = await customer.post("/messages", {"client_id": "c-1", "text": "钱" * length})

    error = (await response.json())["error"]
    assert response.status == 422
    assert (error["code"], error["limit"]) == ("text_too_long", 2000)
    assert "2000" in error["message"]


async def test_refused_text_does_not_use_up_its_client_id(customer: Customer) -> None:
    await customer.post("/messages", {"client_id": "c-1", "text": ""})

    sent = await customer.say("你好", client_id="c-1")

    assert sent["seq"] == 1


async def test_pair_of_escaped_surrogates_is_a_character(customer: Customer) -> None:
    body = b'{"client_id": "c-1", "text": "\\ud83d\\ude00"}'

    response = await customer.call("POST", "/messages", data=body)

    assert response.status == 202
    assert (await customer.transcript())[0]["text"] == "😀"
