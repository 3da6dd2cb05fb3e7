"""Settings of the gateway and the actions, read once from the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from dotenv import dotenv_values

from helpdesk.agents.model import Role
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

_HOST_AND_PORT = re.compile(r"[A-Za-z0-9.-]+:[1-9][0-9]{0,4}")

# Group robots that tell the people on call; their addresses hold the key.
ALERT_ROBOTS = ("wecom", "dingtalk", "feishu")

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


def _address_problems(name: str, url: str) -> list[str]:
    if url and not (_is_encrypted(url) or _is_private(url)):
        # Without the value: the address of a robot is its key.
        return [f"{name}: neither https:// nor http:// on loopback or a private service name"]
    return []


def _chosen(environ: Mapping[str, str], name: str, configured: tuple[str, ...], problems: list[str]) -> tuple[str, ...]:
    """Return the robots that a list names; all that have an address where it names none."""
    named = tuple(robot.strip() for robot in environ.get(name, "").split(",") if robot.strip())
    problems += [f"{name}: {robot!r} has no ALERT_{robot.upper()}_URL" for robot in named if robot not in configured]
    return named or configured


def _roles(text: str, problems: list[str]) -> frozenset[Role]:
    """Return the roles that a setting names, separated by commas; what is no role is added to the problems."""
    names = {name.strip() for name in text.split(",") if name.strip()}
    known = {role.value: role for role in Role}
    if unknown := sorted(names - known.keys()):
        problems.append(f"REQUIRE_TOTP_ROLES: {', '.join(unknown)}: none of {', '.join(known)}")
    return frozenset(known[name] for name in names & known.keys())


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
    # The robots' addresses by name; only those that are set.
    alert_urls: Mapping[str, str] = field(repr=False)
    alert_dingtalk_secret: str = field(repr=False)
    alert_feishu_secret: str = field(repr=False)
    alert_critical_to: tuple[str, ...]
    alert_warning_to: tuple[str, ...]
    alert_unclaimed_seconds: float
    desk_url: str
    second_factor_key: str = field(repr=False)
    require_totp_roles: frozenset[Role]
    desk_session_hours: int
    desk_idle_minutes: int
    metrics_token: str = field(repr=False)
    routing: str
    routing_accept_seconds: float
    routing_reply_minutes: float
    routing_offline_seconds: float
    secure_cookies: bool
    trusted_proxies: int
    session_days: int
    upload_most_mb: int
    clamd_address: str
    log_level: str
    placeholders: Mapping[str, str]

    @property
    def files_dir(self) -> Path:
        """Where the files of conversations lie."""
        return self.var_dir / "files"

    @classmethod
    def load(cls) -> "Settings":
        """Read `.env`, the environment and the secret store of the process; for entry points only.

        Raises:
            SettingsError: With every problem found.
        """
        environ = read_environment(os.environ)
        secrets = load_or_create(Path(environ.get("VAR_DIR", "") or "var"))
        return cls.from_env(secrets | {name: value for name, value in environ.items() if value})

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """Parse `environ`.

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
        alert_urls = {name: url for name in ALERT_ROBOTS if (url := environ.get(f"ALERT_{name.upper()}_URL", ""))}
        for robot, url in alert_urls.items():
            problems += _address_problems(f"ALERT_{robot.upper()}_URL", url)
        desk_url = environ.get("DESK_URL", "").rstrip("#")
        problems += _address_problems("DESK_URL", desk_url)
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
            bot_token=environ.get("BOT_TOKEN", ""),
            bot_attempt_seconds=number("BOT_ATTEMPT_SECONDS", "8", low=0.1, high=120),
            bot_budget_seconds=number("BOT_BUDGET_SECONDS", "20", low=0.1, high=600),
            host_app_audience=environ.get("HOST_APP_AUDIENCE", "") or "xiaobao",
            host_app_secret=environ.get("HOST_APP_SECRET", ""),
            host_app_public_key=environ.get("HOST_APP_PUBLIC_KEY", "").replace("\\n", "\n"),
            risk_control_url=environ.get("RISK_CONTROL_URL", ""),
            risk_control_secret=environ.get("RISK_CONTROL_SECRET", ""),
            notice_url=environ.get("NOTICE_URL", ""),
            notice_secret=environ.get("NOTICE_SECRET", ""),
            alert_urls=alert_urls,
            alert_dingtalk_secret=environ.get("ALERT_DINGTALK_SECRET", ""),
            alert_feishu_secret=environ.get("ALERT_FEISHU_SECRET", ""),
            alert_critical_to=_chosen(environ, "ALERT_CRITICAL_TO", tuple(alert_urls), problems),
            alert_warning_to=_chosen(environ, "ALERT_WARNING_TO", tuple(alert_urls), problems),
            alert_unclaimed_seconds=number("ALERT_UNCLAIMED_SECONDS", "60", low=5, high=3600),
            desk_url=desk_url,
            second_factor_key=environ.get("SECOND_FACTOR_KEY", ""),
            require_totp_roles=_roles(environ.get("REQUIRE_TOTP_ROLES", ""), problems),
            desk_session_hours=int(number("DESK_SESSION_HOURS", "12", low=1, high=24)),
            desk_idle_minutes=int(number("DESK_IDLE_MINUTES", "120", low=5, high=1440)),
            metrics_token=environ.get("METRICS_TOKEN", ""),
            routing=environ.get("ROUTING", "") or "automatic",
            routing_accept_seconds=number("ROUTING_ACCEPT_SECONDS", "30", low=5, high=600),
            routing_reply_minutes=number("ROUTING_REPLY_MINUTES", "3", low=0.5, high=120),
            routing_offline_seconds=number("ROUTING_OFFLINE_SECONDS", "60", low=10, high=3600),
            secure_cookies=flag("SECURE_COOKIES", "false"),
            trusted_proxies=int(number("TRUSTED_PROXIES", "0", low=0, high=5)),
            session_days=int(number("SESSION_DAYS", str(_SESSION_DAYS), low=1, high=365)),
            upload_most_mb=int(number("UPLOAD_MOST_MB", "10", low=1, high=50)),
            clamd_address=environ.get("CLAMD_ADDRESS", ""),
            log_level=(environ.get("LOG_LEVEL", "") or "INFO").upper(),
            placeholders={name: environ[name] for name in PLACEHOLDERS if environ.get(name)},
        )
        if not settings.bot_token:
            problems.append("BOT_TOKEN: missing; `make run` creates one in var/secrets.json")
        if not settings.second_factor_key:
            problems.append("SECOND_FACTOR_KEY: missing; `make run` creates one in var/secrets.json")
        elif len(settings.second_factor_key) < _SECRET_LENGTH:
            problems.append(f"SECOND_FACTOR_KEY: shorter than {_SECRET_LENGTH} characters")
        if settings.metrics_token and len(settings.metrics_token) < _SECRET_LENGTH:
            problems.append(f"METRICS_TOKEN: shorter than {_SECRET_LENGTH} characters")
        if settings.host_app_secret and len(settings.host_app_secret) < _SECRET_LENGTH:
            problems.append(f"HOST_APP_SECRET: shorter than {_SECRET_LENGTH} characters")
        problems += _webhook_problems("RISK_CONTROL", settings.risk_control_url, settings.risk_control_secret)
        problems += _webhook_problems("NOTICE", settings.notice_url, settings.notice_secret)
        if settings.clamd_address and not _HOST_AND_PORT.fullmatch(settings.clamd_address):
            problems.append("CLAMD_ADDRESS: not of the form host:port")
        if settings.routing not in {"automatic", "manual"}:
            problems.append(f"ROUTING: {settings.routing!r} is neither automatic nor manual")
        if settings.log_level not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            problems.append(f"LOG_LEVEL: {settings.log_level} is not DEBUG, INFO, WARNING or ERROR")
        if problems:
            raise SettingsError(problems)
        return settings
