"""What the customer's socket refuses, and with which close code."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import update

from gateway.channels.web import socket as customer_socket
from helpdesk import clock
from helpdesk.conversations.model import CustomerSession
from helpdesk.database import Database
from tests.integration.gateway.clients import Customer, Socket
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY

PATH = "/api/v1/socket"
NOT_AUTHENTICATED, ORIGIN, TOO_MUCH, PROTOCOL, TOO_BIG = 4001, 4003, 4008, 4010, 1009

BAD_FIRST: dict[str, Any] = {
    "unknown token": {"t": "auth", "v": 1, "token": "x" * 43, "last_seq": 0},
    "empty token": {"t": "auth", "v": 1, "token": "", "last_seq": 0},
    "no token": {"t": "auth", "v": 1, "last_seq": 0},
    "token of a wrong type": {"t": "auth", "v": 1, "token": ["x"], "last_seq": 0},
    "long token": {"t": "auth", "v": 1, "token": "x" * 5000, "last_seq": 0},
    "another frame": {"t": "msg", "cid": "c-1", "text": "你好"},
    "no kind": {},
    "array": [],
}


@pytest.mark.parametrize("frame", BAD_FIRST.values(), ids=BAD_FIRST.keys())
async def test_first_frame_that_does_not_authenticate_closes(gateway: Gateway, frame: Any) -> None:
    socket = Socket(await gateway.client.ws_connect(PATH))

    await socket.connection.send_str(json.dumps(frame))

    assert await socket.closed() == NOT_AUTHENTICATED
    assert socket.seen == []


@pytest.mark.parametrize("text", ["", "auth", "{", "[" * 5000], ids=["empty", "word", "half", "deep"])
async def test_first_frame_that_is_no_json_closes(gateway: Gateway, text: str) -> None:
    socket = Socket(await gateway.client.ws_connect(PATH))

    await socket.connection.send_str(text)

    assert await socket.closed() == NOT_AUTHENTICATED


@pytest.mark.parametrize("last_seq", [None, -1, "0", 1.5, True, 10**10])
async def test_authentication_with_a_wrong_number_closes(customer: Customer, last_seq: Any) -> None:
    socket = Socket(await customer.client.ws_connect(PATH))

    await socket.send(t="auth", v=1, token=customer.token, last_seq=last_seq)

    assert await socket.closed() == NOT_AUTHENTICATED


async def test_expired_session_closes(customer: Customer, database: Database) -> None:
    async with database.transaction() as session:
        await session.execute(update(CustomerSession).values(expires_at=clock.now()))
    socket = Socket(await customer.client.ws_connect(PATH))

    await socket.send(t="auth", v=1, token=customer.token, last_seq=0)

    assert await socket.closed() == NOT_AUTHENTICATED


async def test_missing_authentication_closes_after_a_while(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(customer_socket, "_AUTH_SECONDS", 0.05)

    socket = Socket(await gateway.client.ws_connect(PATH))

    assert await socket.closed() == NOT_AUTHENTICATED


async def test_binary_first_frame_closes(gateway: Gateway) -> None:
    socket = Socket(await gateway.client.ws_connect(PATH))

    await socket.connection.send_bytes(b"{}")

    assert await socket.closed() == NOT_AUTHENTICATED


async def test_strange_origin_is_closed_with_its_own_code(customer: Customer) -> None:
    socket = Socket(await customer.client.ws_connect(PATH, origin="https://evil.example"))

    assert await socket.closed() == ORIGIN


async def test_named_and_own_origins_are_served(start_gateway: StartGateway) -> None:
    gateway = await start_gateway(PUBLIC_ORIGINS="https://app.example")
    customer = await gateway.customer()
    own = f"http://{gateway.client.host}:{gateway.client.port}"

    for origin in ("https://app.example", own):
        socket = await customer.connect(origin=origin)
        assert socket.seen[0]["t"] == "ready"


async def test_binary_frame_closes(customer: Customer) -> None:
    socket = await customer.connect()

    await socket.connection.send_bytes(b'{"t":"ping"}')

    assert await socket.closed() == PROTOCOL


async def test_frame_over_16_kilobytes_closes(customer: Customer) -> None:
    socket = await customer.connect()

    await socket.send(t="msg", cid="c-1", text="a" * 17_000)

    assert await socket.closed() == TOO_BIG
    assert await customer.transcript() == []


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "empty text": ({"t": "msg", "text": " "}, "text_empty"),
    "long text": ({"t": "msg", "text": "a" * 2001}, "text_too_long"),
    "no text": ({"t": "msg"}, "field_invalid"),
    "text of a wrong type": ({"t": "msg", "text": ["a"]}, "field_invalid"),
    "unknown button": ({"t": "msg", "button": {"message": "x", "id": "b1"}}, "button_unknown"),
    "NUL as a button": ({"t": "msg", "button": {"message": "\0", "id": "\0"}}, "button_unknown"),
    "unknown kind": ({"t": "dance"}, "malformed"),
    "no kind": ({}, "malformed"),
    "kind of a wrong type": ({"t": ["msg"]}, "malformed"),
    "second authentication": ({"t": "auth"}, "malformed"),
    "sync of nothing": ({"t": "sync"}, "field_invalid"),
    "sync of NUL": ({"t": "sync", "conv": "\0", "after": 0}, "conversation_not_found"),
    "sync of the unknown": ({"t": "sync", "conv": "x", "after": 0}, "conversation_not_found"),
    "read of the unknown": ({"t": "read", "conv": "x", "seq": 1}, "conversation_not_found"),
    "read without a number": ({"t": "read", "conv": "x"}, "field_invalid"),
}


@pytest.mark.parametrize(("frame", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_refusal_names_its_code_and_the_client_id(customer: Customer, frame: dict[str, Any], code: str) -> None:
    socket = await customer.connect()

    await socket.send(**frame, cid="c-1")

    error = await socket.next("err")
    assert (error["code"], error["cid"]) == (code, "c-1")
    assert error["message"]
    await socket.quiet()


async def test_sync_after_a_word_is_refused(customer: Customer) -> None:
    socket = await customer.connect()

    await socket.send(t="sync", conv=customer.conversation, after="0")

    assert (await socket.next("err"))["code"] == "field_invalid"


async def test_client_id_used_for_other_text_is_refused(customer: Customer) -> None:
    socket = await customer.connect()
    await socket.send(t="msg", cid="c-1", text="一")
    await socket.next("ack")

    await socket.send(t="msg", cid="c-1", text="二")

    error = await socket.next("err")
    assert (error["code"], error["cid"]) == ("client_id_reused", "c-1")


async def test_flood_of_messages_closes(customer: Customer) -> None:
    socket = await customer.connect()

    await asyncio.gather(*(socket.send(t="msg", cid=f"c-{n}", text="嗨") for n in range(120)))

    assert await socket.closed() == TOO_MUCH
    assert len([frame for frame in socket.seen if frame["t"] == "ack"]) == 20


@pytest.mark.parametrize("frame", [{"t": "ping"}, {"t": "typing", "on": True}, {"t": "dance"}], ids=lambda f: f["t"])
async def test_flood_of_other_frames_closes(customer: Customer, frame: dict[str, Any]) -> None:
    socket = await customer.connect()

    await asyncio.gather(*(socket.send(**frame) for _ in range(300)))

    assert await socket.closed() == TOO_MUCH


async def test_plain_request_to_the_socket_is_refused(gateway: Gateway) -> None:
    response = await gateway.client.get(PATH)

    assert response.status == 400
