"""Alerts without a network: who is told when, in which words, signed how, and what a platform's answer means."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.alerts import dingtalk, feishu
from gateway.alerts.robot import MOST_BYTES, RATE_LIMITED, check_code
from gateway.webhooks import WebhookError
from helpdesk.alerts.policy import CRITICAL, DESTINATIONS, ENDING, Matter, OnCall, fitting, is_left_waiting, key_of
from helpdesk.alerts.wording import line_of
from helpdesk.outbox.model import DESTINATION_LIMIT, KEY_LIMIT, KIND_LIMIT
from helpdesk.settings import Settings, SettingsError
from helpdesk.texts import titles

AT = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
TOKEN = {"BOT_TOKEN": "t" * 32, "SECOND_FACTOR_KEY": "k" * 32}
ROBOT = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=the-key-of-the-robot"


class TestSignatures:
    """Computed from the documented formulas."""

    def test_dingtalk_signs_milliseconds_and_secret(self) -> None:
        signed = dingtalk.sign("this is secret", timestamp="1700000000000")

        assert signed == "sSFWELbV2YwjdDQhWZwTcWlX5BWUx5J6TPpsZmuPii0="

    def test_feishu_signs_nothing_with_seconds_and_secret(self) -> None:
        assert feishu.sign("this is secret", timestamp="1599360473") == "/eYKrXQBzTjUZJ3s6NX16VxGbTwmK7AEs8/FnvC1CSw="


class TestAnswers:
    """A refusal comes with status 200."""

    def test_zero_is_success(self) -> None:
        check_code(0, throttled={}, final=frozenset())

    @pytest.mark.parametrize("code", [None, "0", True, False, 0.0, [], {}])
    def test_what_is_no_code_is_no_success(self, code: object) -> None:
        with pytest.raises(WebhookError, match="answer_invalid"):
            check_code(code, throttled={}, final=frozenset())

    def test_too_often_waits_as_long_as_the_platform_punishes(self) -> None:
        with pytest.raises(WebhookError) as refused:
            check_code(130101, throttled={130101: 600.0}, final=frozenset())

        assert (refused.value.code, refused.value.retry_after, refused.value.is_final) == (RATE_LIMITED, 600.0, False)

    @pytest.mark.parametrize(("code", "is_final"), [(310000, True), (-1, False)])
    def test_only_known_refusals_are_final(self, code: int, is_final: bool) -> None:
        with pytest.raises(WebhookError) as refused:
            check_code(code, throttled={}, final=frozenset({310000}))

        assert (refused.value.code, refused.value.is_final) == (f"code_{code}", is_final)


class TestPolicy:
    """Who is told of what, and from when on."""

    @pytest.mark.parametrize(
        ("waited", "is_somebody_available", "expected"),
        [(0, False, True), (0, True, False), (59, True, False), (60, True, True), (3600, True, True)],
    )
    def test_patience_lasts_only_while_somebody_is_there(
        self, waited: int, is_somebody_available: bool, expected: bool
    ) -> None:
        now = AT + timedelta(seconds=waited)

        due = is_left_waiting(AT, now, is_somebody_available=is_somebody_available, patience_seconds=60)

        assert due is expected

    def test_each_level_has_its_own_robots(self) -> None:
        on_call = OnCall(critical=("wecom", "dingtalk"), warning=("feishu",))

        told = {matter: on_call.robots_for(matter) for matter in Matter}

        assert {m for m, robots in told.items() if robots == ("wecom", "dingtalk")} == set(CRITICAL)
        assert {m for m, robots in told.items() if robots == ("feishu",)} == set(Matter) - CRITICAL
        assert on_call.robots == ("wecom", "dingtalk", "feishu")

    def test_names_fit_the_columns_of_the_outbox(self) -> None:
        longest = max(len(key_of("dingtalk", matter, "x" * 51)) for matter in Matter)

        assert longest + len(":clear") <= KEY_LIMIT
        assert max(map(len, DESTINATIONS)) <= DESTINATION_LIMIT
        assert max(len(f"{matter.value}_clear") for matter in Matter) <= KIND_LIMIT

    def test_several_alerts_fit_one_message_of_limited_bytes(self) -> None:
        kept = fitting(["危" * 300, "险" * 300, "x" * 300], separator="\n\n", most_bytes=MOST_BYTES)

        assert kept == ["危" * 300, "险" * 300]
        assert len("\n\n".join(kept).encode()) <= MOST_BYTES

    def test_one_alert_is_always_sent(self) -> None:
        assert fitting(["x" * 9, "y"], separator="\n", most_bytes=5) == ["x" * 9]


PAYLOAD = {"case": "XB1", "level": "P0", "since": AT.isoformat(), "conversation": "c1", "variant": "nobody"}


class TestWording:
    """What stands in the group: case number, level, time and link."""

    def test_alert_names_level_case_time_in_china_and_the_place_at_the_desk(self) -> None:
        said = line_of("unclaimed", PAYLOAD, desk_url="https://help.example/desk/")

        assert said == (
            "【紧急】P0 求助，当前没有坐席在线。工单 XB1，11-22 22:05 起等待。\nhttps://help.example/desk/#/c/c1"
        )

    @pytest.mark.parametrize(("kind", "desk_url"), [("unclaimed", ""), ("unclaimed_clear", "https://help.example/")])
    def test_nothing_to_open_means_no_link(self, kind: str, desk_url: str) -> None:
        assert "http" not in line_of(kind, {**PAYLOAD, "variant": None}, desk_url=desk_url)

    def test_every_matter_and_every_end_has_words(self) -> None:
        wanted = {matter.value for matter in Matter} | {f"{matter.value}_clear" for matter in ENDING}

        said = [line_of(kind, {}, desk_url="") for kind in sorted(wanted)]

        assert wanted <= set(titles("alerts"))
        assert all("{" not in line for line in said)


class TestSettings:
    """Addresses are checked, and never shown: they hold the key."""

    def test_without_addresses_nobody_is_told(self) -> None:
        settings = Settings.from_env(TOKEN)

        assert (dict(settings.alert_urls), settings.alert_critical_to, settings.alert_warning_to) == ({}, (), ())

    def test_every_robot_tells_everything_unless_a_list_says_otherwise(self) -> None:
        urls = {"ALERT_WECOM_URL": ROBOT, "ALERT_FEISHU_URL": "https://open.feishu.cn/hook/x"}

        settings = Settings.from_env({**TOKEN, **urls, "ALERT_WARNING_TO": "feishu"})

        assert settings.alert_critical_to == ("wecom", "feishu")
        assert settings.alert_warning_to == ("feishu",)

    @pytest.mark.parametrize(
        "environ",
        [
            {"ALERT_WECOM_URL": "http://qyapi.weixin.qq.com/?key=the-key"},
            {"ALERT_WECOM_URL": "the-key"},
            {"ALERT_CRITICAL_TO": "wecom"},
            {"ALERT_WECOM_URL": ROBOT, "ALERT_WARNING_TO": "wecom,pigeon"},
            {"ALERT_UNCLAIMED_SECONDS": "0"},
            {"DESK_URL": "http://help.example/"},
        ],
        ids=["in the clear", "no address", "no such address", "unknown robot", "no patience", "desk in the clear"],
    )
    def test_what_cannot_work_is_refused_without_showing_a_key(self, environ: dict[str, str]) -> None:
        with pytest.raises(SettingsError) as refused:
            Settings.from_env({**TOKEN, **environ})

        assert "the-key" not in str(refused.value)

    def test_addresses_are_hidden(self) -> None:
        shown = repr(Settings.from_env({**TOKEN, "ALERT_WECOM_URL": ROBOT, "ALERT_FEISHU_SECRET": "hidden-1"}))

        assert "the-key" not in shown
        assert "hidden-1" not in shown
