"""Joins the actions to the case database, on first use: rasa-sdk builds actions without arguments."""

from functools import cache

from helpdesk.database import Database
from helpdesk.settings import Settings


@cache
def database() -> Database:
    """Return the process's database, opened from the settings."""
    return Database(Settings.load().database_url)
