"""What a list of sessions says of where they were opened: enough to recognise one's own, and no more."""

import ipaddress

from aiohttp import web

from gateway.addresses import client_address
from helpdesk.agents.sessions import Device

# The first that fits: browsers name those that they descend from as well.
_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_of(request: web.Request) -> Device:
    """Return what is kept of the browser that a request comes from."""
    return Device(
        address=shortened(client_address(request)), browser=browser_family(request.headers.get("User-Agent", ""))
    )


def shortened(address: str) -> str:
    """Return the network of an address: `203.0.113.*` or `2001:db8:1::*`; empty where it is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return f"{ipaddress.ip_network((parsed, 48), strict=False).network_address}*"
        parsed = parsed.ipv4_mapped
    return f"{str(parsed).rpartition('.')[0]}.*"


def browser_family(user_agent: str) -> str:
    """Return browser and system in words, such as `Chrome, Windows`; empty where neither is known."""
    found = [_first(user_agent, names) for names in (_BROWSERS, _SYSTEMS)]
    return ", ".join(name for name in found if name)


def _first(user_agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for sign, name in names if sign in user_agent), "")
