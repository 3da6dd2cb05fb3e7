"""Typed keys of what the application holds."""

from aiohttp import web

from gateway.bot_client import BotClient
from gateway.files import FileDesk
from gateway.knowledge import KnowledgeDesk
from gateway.live import Hub
from gateway.rate_limit import RateLimiter
from gateway.turns import TurnWorker
from helpdesk.agents.secret_box import SecretBox
from helpdesk.database import Database
from helpdesk.settings import Settings

SETTINGS = web.AppKey("SETTINGS", Settings)
DATABASE = web.AppKey("DATABASE", Database)
HUB = web.AppKey("HUB", Hub)
BOT = web.AppKey("BOT", BotClient)
TURNS = web.AppKey("TURNS", TurnWorker)
FILES = web.AppKey("FILES", FileDesk)
KNOWLEDGE = web.AppKey("KNOWLEDGE", KnowledgeDesk)
MESSAGE_LIMIT = web.AppKey("MESSAGE_LIMIT", RateLimiter)
UPLOAD_LIMIT = web.AppKey("UPLOAD_LIMIT", RateLimiter)
SESSION_LIMIT = web.AppKey("SESSION_LIMIT", RateLimiter)
SECRET_BOX = web.AppKey("SECRET_BOX", SecretBox)
SIGN_IN_LIMIT = web.AppKey("SIGN_IN_LIMIT", RateLimiter)
