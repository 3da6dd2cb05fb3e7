"""Settings of the gateway and the actions, read once from the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from helpdesk.secret_store import load_or_create

PLACEHOLDERS = (
    "PLATFORM_NAME",
    "PLATFORM_HOTLINE",
    "PLATFORM_HOTLINE_HOURS",
    "PLATFORM_COMPLAINT_URL",
    "LENDER_NAME",
    "LENDER_HOTLINE",
    "GUARANTOR_NAME",
    "PRIVACY_URL",
    "DPO_EMAIL",
)

_LOOPBACK = {"127.0.0.1", "::1"}
# A service's name in a private network, `localhost` among them: no dot, so no name of the public internet.
_SERVICE_NAME = re.compile(r"[a-z][a-z0-9-]*")

# A guest's session; a lost one only means that a new conversation begins.
_SESSION_DAYS = 30

# As long as the output of SHA-256 in bytes: a shorter key of an HMAC is the weaker part (RFC 2104, section 3).
_SECRET_LENGTH = 32


class SettingsError(Exception):
    """Every problem of the environment at once."""

    def __init__(self, problems: list[str]) -> None:
        """List the problems, one a line."""
        super().__init__("\n".join(["The settings are not usable:", *problems]))
        self.problems = problems


def _is_private(url: str) -> bool:
    try:
        parts = urlsplit(url)
        # Reading the port checks it.
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme == "http" and (host in _LOOPBACK or _SERVICE_NAME.fullmatch(host) is not None)


def _is_encrypted(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme == "https" and host != ""


def _webhook_problems(name: str, url: str, secret: str) -> list[str]:
    problems = []
    # What goes there names customers in trouble: never in the clear beyond the private network.
    if url and (not (_is_encrypted(url) or _is_private(url)) or "@" in urlsplit(url).netloc):
        problems.append(f"{name}_URL: neither https:// nor http:// on loopback or a private service name")
    if url and not secret:
        problems.append(f"{name}_SECRET: missing; {name}_URL is set, and unsigned calls are never made")
    if secret and len(secret) < _SECRET_LENGTH:
        problems.append(f"{name}_SECRET: shorter than {_SECRET_LENGTH} characters")
    return problems


def read_environment(environ: Mapping[str, str], dotenv: Path = Path(".env")) -> dict[str, str]:
    """Return what `.env` says, overruled by what is set in the environment."""
    kept = {name: value for name, value in dotenv_values(dotenv, interpolate=False).items() if value}
    return kept | dict(environ)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the processes need to know; see .env.example for each."""

    database_url: str
    var_dir: Path
    knowledge_dir: Path
    web_dir: Path
    host: str
    port: int
    public_origins: tuple[str, ...]
    bot_url: str
    bot_token: str = field(repr=False)
    bot_attempt_seconds: float
    bot_budget_seconds: float
    host_app_audience: str
    host_app_secret: str = field(repr=False)
    host_app_public_key: str = field(repr=False)
    risk_control_url: str
    risk_control_secret: str = field(repr=False)
    notice_url: str
    notice_secret: str = field(repr=False)
    secure_cookies: bool
    trusted_proxies: int
    session_days: int
    log_level: str
    placeholders: Mapping[str, str]

    @classmethod
    def load(cls) -> "Settings":
        """Read `.env`, the environment and the secret store of the process; for entry points only.

        Raises:
            SettingsError: With every problem found.
        """
        environ = read_environment(os.environ)
        secrets = load_or_create(Path(environ.get("VAR_DIR", "") or "var"))
        return cls.from_env(environ, bot_token=secrets["BOT_TOKEN"])

    @classmethod
    def from_env(cls, environ: Mapping[str, str], *, bot_token: str = "") -> "Settings":
        """Parse `environ`; `bot_token` is used where BOT_TOKEN is not set.

        Raises:
            SettingsError: With every problem found, not only the first.
        """
        problems: list[str] = []

        def number(name: str, default: str, *, low: float, high: float) -> float:
            text = environ.get(name, "") or default
            try:
                value = float(text)
            except ValueError:
                problems.append(f"{name}: {text!r} is not a number")
                return low
            if not low <= value <= high:
                problems.append(f"{name}: {text} is not between {low:g} and {high:g}")
            return value

        def flag(name: str, default: str) -> bool:
            text = (environ.get(name, "") or default).lower()
            if text not in {"true", "false"}:
                problems.append(f"{name}: {text!r} is neither true nor false")
            return text == "true"

        var_dir = Path(environ.get("VAR_DIR", "") or "var")
        database_url = environ.get("DATABASE_URL", "") or f"sqlite+aiosqlite:///{var_dir / 'xiaobao.db'}"
        if not database_url.startswith(("sqlite+aiosqlite:///", "postgresql+psycopg://")):
            problems.append("DATABASE_URL: begins neither with sqlite+aiosqlite:/// nor with postgresql+psycopg://")
        bot_url = (environ.get("BOT_URL", "") or "http://127.0.0.1:5005").rstrip("/")
        if not _is_private(bot_url):
            problems.append(
                "BOT_URL: the bot has no protection of its own and must be on loopback or a private service name"
            )
        settings = cls(
            database_url=database_url,
            var_dir=var_dir,
            knowledge_dir=Path(environ.get("KNOWLEDGE_DIR", "") or "knowledge"),
            web_dir=Path(environ.get("WEB_DIR", "") or "web/dist"),
            host=environ.get("HOST", "") or "127.0.0.1",
            port=int(number("PORT", "8080", low=0, high=65535)),
            public_origins=tuple(
                origin.strip().rstrip("/") for origin in environ.get("PUBLIC_ORIGINS", "").split(",") if origin.strip()
            ),
            bot_url=bot_url,
            bot_token=environ.get("BOT_TOKEN", "") or bot_token,
            bot_attempt_seconds=number("BOT_ATTEMPT_SECONDS", "8", low=0.1, high=120),
            bot_budget_seconds=number("BOT_BUDGET_SECONDS", "20", low=0.1, high=600),
            host_app_audience=environ.get("HOST_APP_AUDIENCE", "") or "xiaobao",
            host_app_secret=environ.get("HOST_APP_SECRET", ""),
            host_app_public_key=environ.get("HOST_APP_PUBLIC_KEY", "").replace("\\n", "\n"),
            risk_control_url=environ.get("RISK_CONTROL_URL", ""),
            risk_control_secret=environ.get("RISK_CONTROL_SECRET", ""),
            notice_url=environ.get("NOTICE_URL", ""),
            notice_secret=environ.get("NOTICE_SECRET", ""),
            secure_cookies=flag("SECURE_COOKIES", "false"),
            trusted_proxies=int(number("TRUSTED_PROXIES", "0", low=0, high=5)),
            session_days=int(number("SESSION_DAYS", str(_SESSION_DAYS), low=1, high=365)),
            log_level=(environ.get("LOG_LEVEL", "") or "INFO").upper(),
            placeholders={name: environ[name] for name in PLACEHOLDERS if environ.get(name)},
        )
        if not settings.bot_token:
            problems.append("BOT_TOKEN: missing; `make run` creates one in var/secrets.json")
        if settings.host_app_secret and len(settings.host_app_secret) < _SECRET_LENGTH:
            problems.append(f"HOST_APP_SECRET: shorter than {_SECRET_LENGTH} characters")
        problems += _webhook_problems("RISK_CONTROL", settings.risk_control_url, settings.risk_control_secret)
        problems += _webhook_problems("NOTICE", settings.notice_url, settings.notice_secret)
        if settings.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            problems.append(f"LOG_LEVEL: {settings.log_level} is not DEBUG, INFO, WARNING or ERROR")
        if problems:
            raise SettingsError(problems)
        return settings
