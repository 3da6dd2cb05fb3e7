"""POST /sessions: guests, the host app's customers, forged tokens and sessions that have ended."""

import asyncio
import time
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from sqlalchemy import update

from helpdesk import clock
from helpdesk.conversations.model import CustomerSession
from helpdesk.database import Database
from tests.integration.gateway.clients import Customer, Json, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, StartGateway

pytestmark = SQLITE_ONLY

SECRET = "a secret of the host app, long enough for HS512 as well, 64 bytes or more"
OTHER_SECRET = "somebody else's secret, quite as long as the one of the host app above"


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def public_pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def claims(**changes: Any) -> Json:
    """Return good claims with changes; None takes one out."""
    now = int(time.time())
    wanted = {"sub": "user-7", "name": "王小明", "aud": "xiaobao", "iat": now, "exp": now + 300} | changes
    return {name: value for name, value in wanted.items() if value is not None}


def token(*, key: Any = SECRET, algorithm: str = "HS256", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm=algorithm)


@pytest.fixture
async def gateway(start_gateway: StartGateway) -> Gateway:
    return await start_gateway(HOST_APP_SECRET=SECRET)


async def test_guest_gets_a_session_a_conversation_and_its_end(gateway: Gateway) -> None:
    guest = await gateway.customer()

    assert guest.opened["customer"] == {"id": guest.id, "name": "访客", "verified": False}
    left = datetime.fromisoformat(guest.opened["expires_at"]) - clock.now()
    assert timedelta(days=29) < left <= timedelta(days=30)
    assert (await guest.get("/messages"))["conversation"] == guest.conversation


async def test_request_without_a_body_opens_a_guest_session(gateway: Gateway) -> None:
    response = await gateway.client.post("/api/v1/sessions")

    assert response.status == 201


async def test_host_apps_token_makes_a_verified_customer(gateway: Gateway) -> None:
    customer = await gateway.customer(token=token())

    assert customer.opened["customer"]["name"] == "王小明"
    assert customer.opened["customer"]["verified"] is True


async def test_verified_customer_comes_back_to_the_same_conversation(gateway: Gateway) -> None:
    first = await gateway.customer(token=token())

    second = await gateway.customer(token=token())

    assert (second.id, second.conversation) == (first.id, first.conversation)
    assert second.token != first.token


async def test_two_subjects_are_two_customers(gateway: Gateway) -> None:
    first = await gateway.customer(token=token(sub="user-7"))

    second = await gateway.customer(token=token(sub="user-8"))

    assert second.id != first.id
    assert second.conversation != first.conversation


@pytest.mark.parametrize(("make_key", "algorithm"), [(rsa_key, "RS256"), (ec_key, "ES256")], ids=["RS256", "ES256"])
async def test_token_signed_with_a_private_key_is_accepted(
    start_gateway: StartGateway, make_key: Any, algorithm: str
) -> None:
    gateway = await start_gateway(HOST_APP_PUBLIC_KEY=public_pem(make_key()).replace("\n", "\\n"))

    customer = await gateway.customer(token=token(key=make_key(), algorithm=algorithm))

    assert customer.opened["customer"]["verified"] is True


FORGED: dict[str, Any] = {
    "no signature": lambda: jwt.encode(claims(), None, algorithm="none"),
    "another key": lambda: token(key=OTHER_SECRET),
    "another algorithm": lambda: token(algorithm="HS512"),
    "wrong audience": lambda: token(aud="another"),
    "no audience": lambda: token(aud=None),
    "no end": lambda: token(exp=None),
    "no beginning": lambda: token(iat=None),
    "ended": lambda: token(iat=int(time.time()) - 500, exp=int(time.time()) - 100),
    "begins in the future": lambda: token(iat=int(time.time()) + 300, exp=int(time.time()) + 400),
    "lives longer than ten minutes": lambda: token(exp=int(time.time()) + 700),
    "end as text": lambda: token(exp=str(int(time.time()) + 300)),
    "end without end": lambda: token(exp=float("inf")),
    "no subject": lambda: token(sub=None),
    "empty subject": lambda: token(sub=""),
    "long subject": lambda: token(sub="x" * 129),
    "subject with NUL": lambda: token(sub="user\0-7"),
    "name with a lone surrogate": lambda: token(name="\ud800"),
    "name that is no text": lambda: token(name=["王小明"]),
    "no token at all": lambda: "",
    "not a token": lambda: "abc.def.ghi",
    "not ASCII": lambda: "令牌",
    "control characters": lambda: "\x7f\x01.\x02.\x03",
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
async def test_forged_token_is_refused(gateway: Gateway, forged: Any) -> None:
    response = await gateway.client.post("/api/v1/sessions", json={"token": forged()})

    assert response.status == 401
    assert await error_code(response) == "token_invalid"


async def test_token_signed_with_the_public_key_as_a_secret_is_refused(start_gateway: StartGateway) -> None:
    pem = public_pem(rsa_key())
    gateway = await start_gateway(HOST_APP_PUBLIC_KEY=pem)
    # PyJWT refuses to make such a token, so it is put together by hand.
    signer = jwt.get_algorithm_by_name("HS256")
    head, body, _ = token(key=OTHER_SECRET).split(".")
    signature = jwt.utils.base64url_encode(signer.sign(f"{head}.{body}".encode(), pem.encode())).decode()

    response = await gateway.client.post("/api/v1/sessions", json={"token": f"{head}.{body}.{signature}"})

    assert response.status == 401
    assert await error_code(response) == "token_invalid"


async def test_token_is_refused_where_no_key_is_set(start_gateway: StartGateway) -> None:
    gateway = await start_gateway()

    response = await gateway.client.post("/api/v1/sessions", json={"token": token()})

    assert response.status == 401
    assert await error_code(response) == "token_invalid"


BAD_HEADERS: dict[str, Json] = {
    "none": {},
    "empty": {"Authorization": "Bearer "},
    "unknown": {"Authorization": f"Bearer {'x' * 43}"},
    "another scheme": {"Authorization": "Basic eDp5"},
    "not ASCII": {"Authorization": "Bearer 会话"},
    "very long": {"Authorization": f"Bearer {'x' * 7000}"},
}


@pytest.mark.parametrize("headers", BAD_HEADERS.values(), ids=BAD_HEADERS.keys())
async def test_call_without_a_good_session_is_refused(gateway: Gateway, headers: Json) -> None:
    response = await gateway.client.get("/api/v1/messages", headers=headers)

    assert response.status == 401
    assert await error_code(response) == "session_invalid"


async def test_session_with_broken_utf8_is_refused(gateway: Gateway) -> None:
    reader, writer = await asyncio.open_connection(gateway.server.host, gateway.server.port)

    head = b"GET /api/v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    writer.write(head + b"Authorization: Bearer \xff\xfe\r\n\r\n")
    answer = await reader.read()

    writer.close()
    await writer.wait_closed()
    assert answer.startswith(b"HTTP/1.1 401 ")


async def test_expired_session_is_refused(gateway: Gateway, database: Database) -> None:
    customer: Customer = await gateway.customer()
    async with database.transaction() as session:
        await session.execute(update(CustomerSession).values(expires_at=clock.now()))

    response = await customer.post("/messages", {"client_id": "c-1", "text": "你好"})

    assert response.status == 401
    assert await error_code(response) == "session_invalid"
