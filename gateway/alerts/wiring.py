"""The alerts of a gateway, joined: robots that have an address, their sender and the look for what is to be told."""

import asyncio

import aiohttp

from gateway.alerts.dingtalk import DingtalkRobot
from gateway.alerts.feishu import FeishuRobot
from gateway.alerts.robot import Robot
from gateway.alerts.sender import AlertSender
from gateway.alerts.watch import AlertWatch
from gateway.alerts.wecom import WecomRobot
from gateway.bot_client import BotClient
from helpdesk.alerts.policy import OnCall, destination_of
from helpdesk.database import Database
from helpdesk.settings import Settings


def build_robots(session: aiohttp.ClientSession, settings: Settings) -> dict[str, Robot]:
    """Return the robots that have an address, by name."""
    urls = settings.alert_urls
    robots: dict[str, Robot] = {}
    if "wecom" in urls:
        robots["wecom"] = WecomRobot(session, url=urls["wecom"])
    if "dingtalk" in urls:
        robots["dingtalk"] = DingtalkRobot(session, url=urls["dingtalk"], secret=settings.alert_dingtalk_secret)
    if "feishu" in urls:
        robots["feishu"] = FeishuRobot(session, url=urls["feishu"], secret=settings.alert_feishu_secret)
    return robots


def alert_destinations(settings: Settings) -> tuple[str, ...]:
    """Return the destinations that the sender of alerts serves; the outbox's own sender leaves them alone."""
    return tuple(destination_of(robot) for robot in settings.alert_urls)


async def run_alerts(*, database: Database, bot: BotClient, session: aiohttp.ClientSession, settings: Settings) -> None:
    """Look for what is to be told and tell it, until cancelled; without a robot there is nothing to do."""
    robots = build_robots(session, settings)
    if not robots:
        return
    watch = AlertWatch(
        database=database,
        bot=bot,
        on_call=OnCall(critical=settings.alert_critical_to, warning=settings.alert_warning_to),
        patience_seconds=settings.alert_unclaimed_seconds,
    )
    sender = AlertSender(database=database, robots=robots, desk_url=settings.desk_url)
    async with asyncio.TaskGroup() as group:
        group.create_task(watch.run())
        group.create_task(sender.run())
