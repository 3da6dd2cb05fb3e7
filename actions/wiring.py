"""Joins the actions to the case database, on first use: rasa-sdk builds actions without arguments."""

import os
from functools import cache
from pathlib import Path

from helpdesk.database import Database
from helpdesk.secret_store import load_or_create
from helpdesk.settings import Settings


@cache
def database() -> Database:
    """Return the process's database, opened from the environment."""
    var_dir = Path(os.environ.get("VAR_DIR", "") or "var")
    return Database(Settings.from_env(os.environ, bot_token=load_or_create(var_dir)["BOT_TOKEN"]).database_url)
