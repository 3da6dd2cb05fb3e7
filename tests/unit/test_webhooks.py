"""Signing calls to the host system and reading its answers."""

from datetime import UTC, datetime

import pytest

from gateway.webhooks import (
    ANSWER_LIMIT,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    TOLERANCE_SECONDS,
    WebhookError,
    answer_object,
    is_signed,
    retry_after,
    sign,
)
from helpdesk import clock

SECRET = "0123456789abcdef0123456789abcdef"
BODY = b'{"id":"a1","event":"scam"}'
NOW = 1732262400
HEADERS = {TIMESTAMP_HEADER: str(NOW), SIGNATURE_HEADER: sign(SECRET, timestamp=str(NOW), body=BODY)}


@pytest.fixture(autouse=True)
def _at_a_fixed_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(NOW, tz=UTC))


def test_signature_is_what_openssl_gives():
    # printf '%s' '1732262400.{"id":"a1","event":"scam"}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
    assert HEADERS[SIGNATURE_HEADER] == "v1=eee4b46dafeface6751b58988b21d3d66f120eb3ece3d346c38a567cd79a151d"


def test_own_signature_is_accepted():
    assert is_signed(SECRET, HEADERS, BODY)


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS, TOLERANCE_SECONDS])
def test_clocks_may_differ_a_little(seconds: int):
    stamp = str(NOW + seconds)

    assert is_signed(
        SECRET, {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: sign(SECRET, timestamp=stamp, body=BODY)}, BODY
    )


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + 1], ids=["old", "from the future"])
def test_copied_request_cannot_be_sent_at_another_time(seconds: int):
    stamp = str(NOW + seconds)
    signed = {TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: sign(SECRET, timestamp=stamp, body=BODY)}

    assert not is_signed(SECRET, signed, BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {TIMESTAMP_HEADER: str(NOW)},
        {SIGNATURE_HEADER: HEADERS[SIGNATURE_HEADER]},
        HEADERS | {TIMESTAMP_HEADER: str(NOW + 1)},
        HEADERS | {TIMESTAMP_HEADER: "²"},
        HEADERS | {TIMESTAMP_HEADER: "-1"},
        HEADERS | {TIMESTAMP_HEADER: "9" * 5000},
        HEADERS | {SIGNATURE_HEADER: HEADERS[SIGNATURE_HEADER].removeprefix("v1=")},
        HEADERS | {SIGNATURE_HEADER: "v1=签"},
        HEADERS | {SIGNATURE_HEADER: "\udcff"},
        HEADERS | {SIGNATURE_HEADER: sign("another secret", timestamp=str(NOW), body=BODY)},
    ],
    ids=[
        "nothing", "no signature", "no time", "another time", "no digit", "negative", "endless", "no version",
        "Chinese", "no text", "another secret",
    ],
)  # fmt: skip
def test_what_is_not_signed_with_the_secret_is_refused(headers: dict[str, str]):
    assert not is_signed(SECRET, headers, BODY)


def test_changed_body_is_refused():
    assert not is_signed(SECRET, HEADERS, BODY.replace(b"a1", b"a2"))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0), ("120", 120), (" 7 ", 7), ("9" * 400, 999_999_999_999),
        ("Fri, 22 Nov 2024 08:01:30 GMT", 90), ("Fri, 22 Nov 2024 07:00:00 GMT", 0),
        ("", None), ("-5", None), ("1.5", None), ("soon", None), ("²", None), ("Fri, 22 Nov 2024 08:01:30", None),
    ],
)  # fmt: skip
def test_retry_after_is_read_as_seconds_or_date(value: str, seconds: float | None):
    assert retry_after({"Retry-After": value}) == seconds


def test_missing_retry_after_is_none():
    assert retry_after({}) is None


def test_answer_object_is_read():
    assert answer_object(b'{"status": "held"}') == {"status": "held"}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>503</html>", b"[]", b'"held"', b"null", b"{", b"\xff", b"[" * ANSWER_LIMIT],
    ids=["empty", "page", "list", "text", "null", "broken", "not UTF-8", "deep"],
)
def test_anything_else_is_no_answer(body: bytes):
    with pytest.raises(WebhookError) as refused:
        answer_object(body)

    assert refused.value.code == "answer_unreadable"
    assert not refused.value.is_final
