"""What is kept of the device of a session."""

import pytest

from gateway.desk.devices import browser_family, shortened

WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "shown"),
    [
        (WINDOWS, "Chrome, Windows"),
        (f"{WINDOWS} Edg/130.0.0.0", "Edge, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", "Firefox, Linux"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 "
            "Safari/605.1.15",
            "Safari, macOS",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.0 Mobile/15E148 Safari/604.1",
            "Safari, iOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0 Mobile "
            "Safari/537.36 MicroMessenger/8.0.50",
            "WeChat, Android",
        ),
        ("curl/8.5", ""),
        ("", ""),
        ("<script>" * 1000, ""),
    ],
)
def test_browser_is_named_by_its_family(user_agent: str, shown: str):
    assert browser_family(user_agent) == shown


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.*"),
        ("127.0.0.1", "127.0.0.*"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::*"),
        ("::1", "::*"),
        ("::ffff:203.0.113.77", "203.0.113.*"),
        ("unix", ""),
        ("", ""),
        ("1" * 100, ""),
    ],
)
def test_address_is_shortened_to_its_network(address: str, shown: str):
    assert shortened(address) == shown
