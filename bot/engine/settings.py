"""What the environment says about the bot process, read once by the launcher and the channel."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class SettingsError(Exception):
    """The environment does not make sense; the text names every problem."""


@dataclass(frozen=True)
class Settings:
    """All settings of the bot process."""

    token: str = field(repr=False)
    host: str
    port: int
    models: Path
    log_level: int
    # None leaves what endpoints.yml says.
    actions_url: str | None
    tracker_db: str | None

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Settings:
        """Parse the environment.

        Raises:
            SettingsError: One or more variables are missing or wrong.
        """
        problems = []
        token = environ.get("BOT_TOKEN", "")
        if not token:
            problems.append("BOT_TOKEN is not set; the gateway has to send the same token")
        host = environ.get("BOT_HOST", "127.0.0.1")
        if not _is_loopback(host):
            problems.append(f"BOT_HOST is {host!r}, but this process must listen on loopback only")
        port = environ.get("BOT_PORT", "5005")
        if not port.isdigit() or not 0 < int(port) < 65536:
            problems.append(f"BOT_PORT is {port!r}, which is not a port number")
        level = logging.getLevelName(environ.get("BOT_LOG_LEVEL", "WARNING").upper())
        if not isinstance(level, int):
            problems.append("BOT_LOG_LEVEL is none of DEBUG, INFO, WARNING, ERROR, CRITICAL")
        if problems:
            raise SettingsError("\n".join(problems))
        return cls(
            token=token,
            host=host,
            port=int(port),
            models=Path(environ.get("BOT_MODELS", "models")),
            log_level=level,
            actions_url=environ.get("BOT_ACTIONS_URL") or None,
            tracker_db=environ.get("BOT_TRACKER_DB") or None,
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
