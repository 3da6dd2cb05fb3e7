"""Bodies that are not what they should be: a clear refusal each time, never a 500."""

import gzip
import io
import json
from typing import Any

import pytest

from helpdesk.agents.model import Role
from tests.integration.gateway.clients import Customer, error_code
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway

pytestmark = SQLITE_ONLY

NOT_AN_OBJECT: dict[str, bytes] = {
    "nothing": b"",
    "white space": b"  \n",
    "no JSON": b"client_id=c-1&text=hello",
    "cut off": b'{"client_id": "c-1", "text": "a',
    "two values": b"{}{}",
    "trailing comma": b'{"client_id": "c-1", "text": "a",}',
    "invalid UTF-8": b'{"client_id": "c-1", "text": "\xff\xfe"}',
    "UTF-16": '{"client_id": "c-1", "text": "a"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "lone high surrogate": b'{"client_id": "c-1", "text": "\\ud800"}',
    "lone low surrogate": b'{"client_id": "c-1", "text": "a\\udfffb"}',
    "surrogate as a name": b'{"client_id": "c-1", "text": "a", "\\ud800": 1}',
    "a name twice": b'{"client_id": "c-1", "text": "a", "text": "b"}',
    "a nested name twice": b'{"client_id": "c-1", "button": {"id": "b1", "id": "b2"}}',
    "array": b'[{"client_id": "c-1", "text": "a"}]',
    "number": b"42",
    "text": b'"text"',
    "null": b"null",
    "true": b"true",
    "not a number": b"NaN",
    "deep arrays": b"[" * 100_000,
    "deep objects": b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
    "number of 5000 digits": b'{"client_id": "c-1", "text": ' + b"9" * 5000 + b"}",
}
# A session may be opened without a body.
REFUSED = [
    pytest.param(path, body, id=f"{path}: {name}")
    for path in ("/messages", "/sessions", "/ratings")
    for name, body in NOT_AN_OBJECT.items()
    if body or path != "/sessions"
]


@pytest.mark.parametrize(("path", "body"), REFUSED)
async def test_body_that_is_no_object_is_refused(customer: Customer, path: str, body: bytes) -> None:
    response = await customer.call("POST", path, data=body, headers={"Content-Type": "application/json"})

    assert response.status == 400
    assert await error_code(response) == "malformed"
    assert await customer.transcript() == []


@pytest.mark.parametrize("size", [256 * 1024 + 1, 1024 * 1024], ids=["just too large", "1 MB"])
async def test_large_body_is_refused(customer: Customer, size: int) -> None:
    body = json.dumps({"client_id": "c-1", "text": "a" * size}).encode()

    response = await customer.call("POST", "/messages", data=io.BytesIO(body))

    assert response.status == 413
    assert await error_code(response) == "too_large"


async def test_body_that_unpacks_to_a_large_one_is_refused(customer: Customer) -> None:
    body = gzip.compress(b" " * 3 * 1024 * 1024)

    response = await customer.call("POST", "/messages", data=body, headers={"Content-Encoding": "gzip"})

    assert response.status == 413


async def test_body_that_does_not_unpack_is_refused(customer: Customer) -> None:
    response = await customer.call("POST", "/messages", data=b"no gzip", headers={"Content-Encoding": "gzip"})

    assert response.status == 400
    assert await error_code(response) == "malformed"


WRONG_TEXT: list[Any] = [None, True, 1, 1.5, [], ["a"], {}, {"text": "a"}]
WRONG_ID: list[Any] = [*WRONG_TEXT, "", " ", "a b", "中", "a" * 57, "a\n", "../x", "a\0"]
WRONG_BUTTON: list[Any] = [True, 1, "b1", [], ["b1"]]


@pytest.mark.parametrize("text", WRONG_TEXT, ids=repr)
async def test_text_of_a_wrong_type_is_refused(customer: Customer, text: Any) -> None:
    response = await customer.post("/messages", {"client_id": "c-1", "text": text})

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


@pytest.mark.parametrize("client_id", WRONG_ID, ids=repr)
async def test_client_id_of_a_wrong_form_is_refused(customer: Customer, client_id: Any) -> None:
    response = await customer.post("/messages", {"client_id": client_id, "text": "你好"})

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


@pytest.mark.parametrize("button", WRONG_BUTTON, ids=repr)
async def test_button_of_a_wrong_type_is_refused(customer: Customer, button: Any) -> None:
    response = await customer.post("/messages", {"client_id": "c-1", "button": button})

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


@pytest.mark.parametrize(
    "button", [{}, {"id": "b1"}, {"message": "0" * 40}, {"message": 1, "id": "b1"}, {"message": "0" * 40, "id": ["b1"]}]
)
async def test_button_without_its_fields_is_refused(customer: Customer, button: Any) -> None:
    response = await customer.post("/messages", {"client_id": "c-1", "button": button})

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


async def test_text_and_button_together_are_refused(customer: Customer) -> None:
    both = {"client_id": "c-1", "text": "是", "button": {"message": "0" * 40, "id": "b1"}}

    response = await customer.post("/messages", both)

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


@pytest.mark.parametrize("text", WRONG_TEXT[1:], ids=repr)
async def test_token_of_a_wrong_type_is_refused(customer: Customer, text: Any) -> None:
    response = await customer.post("/sessions", {"token": text})

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


@pytest.mark.parametrize("conversation", WRONG_TEXT, ids=repr)
async def test_rated_conversation_of_a_wrong_type_is_refused(customer: Customer, conversation: Any) -> None:
    response = await customer.post("/ratings", {"conversation": conversation, "score": 5})

    assert response.status == 422
    assert await error_code(response) == "field_invalid"


DESK_CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "user name": ("POST", "/login", {"username": 1, "password": "x"}),
    "password": ("POST", "/login", {"username": "lin", "password": None}),
    "new password": ("POST", "/password", {"current": "x", "new": ["y"]}),
    "availability": ("PUT", "/me/availability", {"available": "yes"}),
    "agent's name": ("POST", "/agents", {"username": "wu", "name": " ", "role": "agent"}),
    "agent's user name": ("POST", "/agents", {"username": "", "name": "吴", "role": "agent"}),
    "agent's role": ("POST", "/agents", {"username": "wu", "name": "吴", "role": None}),
    "unknown role": ("POST", "/agents", {"username": "wu", "name": "吴", "role": "owner"}),
    "resolution": ("POST", f"/conversations/{'0' * 40}/close", {"resolution": 5}),
    "note": ("POST", f"/conversations/{'0' * 40}/close", {"resolution": "resolved", "note": "x" * 501}),
    "reply's id": ("POST", f"/conversations/{'0' * 40}/messages", {"client_id": "a b", "text": "x"}),
    "reply's text": ("POST", f"/conversations/{'0' * 40}/messages", {"client_id": "a-1", "text": 7}),
    "requeue note": ("POST", f"/conversations/{'0' * 40}/requeue", {"note": {}}),
}


@pytest.mark.parametrize("call", DESK_CALLS.values(), ids=DESK_CALLS.keys())
async def test_desk_field_of_a_wrong_form_is_refused(gateway: Gateway, call: tuple[str, str, dict[str, Any]]) -> None:
    administrator = await gateway.agent("root", Role.ADMINISTRATOR)

    response = await administrator.call(*call)

    assert response.status == 422
    assert await error_code(response) in {"field_invalid", "role_unknown"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nowhere"),
        ("POST", "/nowhere"),
        ("GET", "/api/v1/nowhere"),
        ("GET", "/api/v2/messages"),
        ("GET", "/desk/nowhere"),
        ("GET", "/assets/none.js"),
        ("GET", f"/assets/{'a' * 300}"),
        ("GET", "/assets/%2e%2e%2f%2e%2e%2fpyproject.toml"),
        ("GET", "/assets/%00"),
        ("GET", "/%ff%fe"),
    ],
)
async def test_unknown_address_is_not_found(gateway: Gateway, method: str, path: str) -> None:
    response = await gateway.client.request(method, path)

    assert response.status == 404
    assert await error_code(response) == "not_found"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/messages"),
        ("PUT", "/sessions"),
        ("GET", "/sessions"),
        ("PATCH", "/handoff"),
        ("HEAD", "/messages"),
        ("TRACE", "/zone"),
        ("POST", "/zone"),
    ],
)
async def test_unknown_method_is_refused(customer: Customer, method: str, path: str) -> None:
    response = await customer.call(method, path)

    assert response.status == 405
