"""The Content-Security-Policy names the host that a page came from, and nothing that only looks like one."""

import pytest

from gateway.headers import content_policy


@pytest.mark.parametrize("host", ["desk.example", "127.0.0.1:8080", "[::1]:8080", "localhost"])
def test_sockets_of_the_same_host_are_allowed(host: str):
    assert content_policy(host).endswith(f"; connect-src 'self' ws://{host} wss://{host}")


@pytest.mark.parametrize("host", ["evil.example; script-src *", "a b", "x,y", "", "'unsafe-inline'", "x\ny", "*"])
def test_policy_never_repeats_what_is_no_host(host: str):
    assert content_policy(host).endswith("; connect-src 'self'")
