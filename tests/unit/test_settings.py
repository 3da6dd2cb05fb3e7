"""Settings: parsed strictly, every problem at once, secrets hidden, .env.example complete."""

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest
from dotenv import dotenv_values

from helpdesk.settings import Settings, SettingsError, read_environment
from tests.factories import ROOT

TOKEN = {"BOT_TOKEN": "t" * 32, "SECOND_FACTOR_KEY": "k" * 32}
EXAMPLE = ROOT / ".env.example"


class Recorder(Mapping[str, str]):
    """An environment that notes which names are asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.asked: set[str] = set()
        self._values = values

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


@pytest.fixture
def bot_settings() -> ModuleType:
    """The bot's settings; its package belongs to another environment, this module needs nothing of it."""
    spec = importlib.util.spec_from_file_location("bot_engine_settings", ROOT / "bot/engine/settings.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        # Dataclasses look their module up by name.
        patch.setitem(sys.modules, spec.name, module)
        spec.loader.exec_module(module)
        yield module


def test_defaults_are_complete_but_for_the_secret():
    settings = Settings.from_env(TOKEN)

    assert (settings.host, settings.port) == ("127.0.0.1", 8080)
    assert settings.database_url == "sqlite+aiosqlite:///var/xiaobao.db"


def test_the_database_lies_in_the_folder_for_state():
    settings = Settings.from_env({**TOKEN, "VAR_DIR": "/srv/state"})

    assert settings.database_url == "sqlite+aiosqlite:////srv/state/xiaobao.db"


def test_empty_values_mean_the_defaults():
    defaults = Settings.from_env(TOKEN)
    names = {name for name in dotenv_values(EXAMPLE) if name not in TOKEN}

    assert Settings.from_env({**dict.fromkeys(names, ""), **TOKEN}) == defaults


def test_origins_are_split_and_lose_their_trailing_slash():
    settings = Settings.from_env({**TOKEN, "PUBLIC_ORIGINS": "https://app.example/, https://m.example,"})

    assert settings.public_origins == ("https://app.example", "https://m.example")


def test_a_public_key_on_one_line_gets_its_line_ends_back():
    settings = Settings.from_env({**TOKEN, "HOST_APP_PUBLIC_KEY": r"-----BEGIN\nabc\n-----END"})

    assert settings.host_app_public_key == "-----BEGIN\nabc\n-----END"


def test_only_placeholders_with_a_value_are_kept():
    settings = Settings.from_env({**TOKEN, "PLATFORM_NAME": "小保金融", "LENDER_NAME": ""})

    assert settings.placeholders == {"PLATFORM_NAME": "小保金融"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("PORT", "-1"),
        ("BOT_ATTEMPT_SECONDS", "0"),
        ("BOT_ATTEMPT_SECONDS", "nan"),
        ("BOT_BUDGET_SECONDS", "inf"),
        ("TRUSTED_PROXIES", "6"),
        ("SESSION_DAYS", "0"),
        ("UPLOAD_MOST_MB", "0"),
        ("CLAMD_ADDRESS", "/run/clamd.sock"),
        ("SECURE_COOKIES", "yes"),
        ("LOG_LEVEL", "chatty"),
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "postgresql://localhost/x"),
        ("BOT_URL", "http://192.0.2.1:5005"),
        ("BOT_URL", "http://127.0.0.1.example.com:5005"),
        ("BOT_URL", "http://bot.example.com:5005"),
        ("BOT_URL", "http://127.0.0.1:port"),
        ("BOT_URL", "https://127.0.0.1:5005"),
        ("HOST_APP_SECRET", "short"),
        ("RISK_CONTROL_SECRET", "short"),
        ("NOTICE_SECRET", "short"),
        ("BOT_TOKEN", ""),
        ("SECOND_FACTOR_KEY", ""),
        ("SECOND_FACTOR_KEY", "short"),
        ("METRICS_TOKEN", "short"),
        ("REQUIRE_TOTP_ROLES", "administrator,boss"),
        ("DESK_SESSION_HOURS", "0"),
        ("DESK_IDLE_MINUTES", "1"),
    ],
)
def test_a_bad_value_is_refused_by_name(name: str, value: str):
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**TOKEN, name: value})

    assert [problem.partition(":")[0] for problem in refused.value.problems] == [name]


@pytest.mark.parametrize("url", ["http://localhost:5005", "http://[::1]:5005", "http://bot:5005", "http://bot-0:5005"])
def test_the_bot_may_be_on_loopback_or_behind_a_service_name(url: str):
    assert Settings.from_env({**TOKEN, "BOT_URL": f"{url}/"}).bot_url == url


@pytest.mark.parametrize("name", ["RISK_CONTROL", "NOTICE"])
@pytest.mark.parametrize(
    "url",
    [
        "http://host.example/risk",
        "http://192.0.2.1/risk",
        "ftp://host.example/risk",
        "host.example/risk",
        "https:///risk",
        "https://host.example:port/",
        "https://name:password@host.example/",
        "http://[::1",
    ],
)
def test_what_goes_to_the_host_is_never_sent_in_the_clear(name: str, url: str):
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**TOKEN, f"{name}_URL": url, f"{name}_SECRET": "s" * 32})

    assert [problem.partition(":")[0] for problem in refused.value.problems] == [f"{name}_URL"]
    assert "password" not in str(refused.value)


@pytest.mark.parametrize("url", ["https://host.example/risk", "http://127.0.0.1:8090/", "http://risk:8090/hook"])
def test_the_host_may_be_behind_https_or_in_a_private_network(url: str):
    settings = Settings.from_env({**TOKEN, "RISK_CONTROL_URL": url, "RISK_CONTROL_SECRET": "s" * 32})

    assert settings.risk_control_url == url


@pytest.mark.parametrize("name", ["RISK_CONTROL", "NOTICE"])
def test_calls_to_the_host_are_never_unsigned(name: str):
    with pytest.raises(SettingsError) as refused:
        Settings.from_env({**TOKEN, f"{name}_URL": "https://host.example/"})

    assert [problem.partition(":")[0] for problem in refused.value.problems] == [f"{name}_SECRET"]


def test_every_problem_is_told_at_once():
    broken = {"PORT": "x", "LOG_LEVEL": "x", "SECURE_COOKIES": "x", "DATABASE_URL": "x", "HOST_APP_SECRET": "x"}

    with pytest.raises(SettingsError) as refused:
        Settings.from_env(broken)

    assert {problem.partition(":")[0] for problem in refused.value.problems} == {*broken, *TOKEN}
    assert all(problem in str(refused.value) for problem in refused.value.problems)


def test_secrets_do_not_show():
    secret = "s" * 40
    names = ("BOT_TOKEN", "HOST_APP_SECRET", "HOST_APP_PUBLIC_KEY", "RISK_CONTROL_SECRET", "NOTICE_SECRET",
        "SECOND_FACTOR_KEY", "METRICS_TOKEN")  # fmt: skip
    settings = Settings.from_env(dict.fromkeys(names, secret))

    assert secret not in repr(settings)


def test_the_environment_overrules_the_file(tmp_path: Path):
    (tmp_path / ".env").write_text("PORT=1\nHOST=::1\nLOG_LEVEL=\n")

    environ = read_environment({"PORT": "2"}, tmp_path / ".env")

    assert environ == {"PORT": "2", "HOST": "::1"}


def test_the_example_names_exactly_what_is_read(bot_settings: ModuleType):
    gateway, bot = Recorder(TOKEN), Recorder(TOKEN)
    Settings.from_env(gateway)
    bot_settings.Settings.from_env(bot)

    assert set(dotenv_values(EXAMPLE)) == gateway.asked | bot.asked


def test_the_example_shows_the_defaults(bot_settings: ModuleType):
    shown = {name: value for name, value in dotenv_values(EXAMPLE).items() if value}

    assert Settings.from_env({**TOKEN, **shown}) == Settings.from_env(TOKEN)
    assert bot_settings.Settings.from_env({**TOKEN, **shown}) == bot_settings.Settings.from_env(TOKEN)


def test_every_field_follows_a_variable_of_the_example():
    changed = {
        "VAR_DIR": "/x", "DATABASE_URL": "postgresql+psycopg:///x", "KNOWLEDGE_DIR": "/k", "WEB_DIR": "/w",
        "HOST": "::1", "PORT": "1", "PUBLIC_ORIGINS": "https://x.example", "BOT_URL": "http://localhost:1",
        "BOT_TOKEN": "other", "BOT_ATTEMPT_SECONDS": "1", "BOT_BUDGET_SECONDS": "2", "HOST_APP_AUDIENCE": "x",
        "HOST_APP_SECRET": "s" * 32, "HOST_APP_PUBLIC_KEY": "k", "SECURE_COOKIES": "true", "TRUSTED_PROXIES": "1",
        "SESSION_DAYS": "1", "LOG_LEVEL": "debug", "PLATFORM_NAME": "x", "RISK_CONTROL_URL": "https://host.example/risk",
        "RISK_CONTROL_SECRET": "r" * 32, "NOTICE_URL": "https://host.example/sms", "NOTICE_SECRET": "n" * 32,
        "SECOND_FACTOR_KEY": "f" * 32, "REQUIRE_TOTP_ROLES": "administrator, senior", "DESK_SESSION_HOURS": "1",
        "DESK_IDLE_MINUTES": "5", "METRICS_TOKEN": "m" * 32,
        "ALERT_WECOM_URL": "https://x.example/w", "ALERT_DINGTALK_URL": "https://x.example/d",
        "ALERT_FEISHU_URL": "https://x.example/f", "ALERT_DINGTALK_SECRET": "d", "ALERT_FEISHU_SECRET": "f",
        "ALERT_CRITICAL_TO": "wecom", "ALERT_WARNING_TO": "feishu", "ALERT_UNCLAIMED_SECONDS": "30",
        "DESK_URL": "https://x.example/desk/", "UPLOAD_MOST_MB": "20",
        "CLAMD_ADDRESS": "clamd:3310",
        "ROUTING": "manual", "ROUTING_ACCEPT_SECONDS": "20", "ROUTING_REPLY_MINUTES": "5",
        "ROUTING_OFFLINE_SECONDS": "90",
    }  # fmt: skip
    defaults, settings = Settings.from_env(TOKEN), Settings.from_env(changed)

    unchanged = [f.name for f in fields(Settings) if getattr(settings, f.name) == getattr(defaults, f.name)]

    assert unchanged == []
