"""Builders of what tests need: settings, articles and what the bot understood; every field can be changed."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from helpdesk.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
LISTS = ("topics.yml", "groups.yml", "placeholders.yml", "forbidden.yml")


def make_settings(folder: Path, **environ: str) -> Settings:
    """Return settings whose state lies in `folder`; keyword arguments are environment variables."""
    defaults = {
        "VAR_DIR": str(folder / "var"),
        "KNOWLEDGE_DIR": str(ROOT / "knowledge"),
        "WEB_DIR": str(folder / "web"),
        "BOT_ATTEMPT_SECONDS": "5",
        "BOT_BUDGET_SECONDS": "10",
        "BOT_TOKEN": "token-of-the-tests",
        "SECOND_FACTOR_KEY": "key-of-the-second-factors-of-the-tests",
    }
    return Settings.from_env(defaults | environ)


def make_nlu(
    intent: str = "faq", *, confidence: float = 0.93, decision: str = "answer", article: str | None = None, **cues: Any
) -> dict[str, Any]:
    """Return the `nlu` object of a bot's answer."""
    candidates = [{"article": article, "topic": "other", "score": confidence}] if article else []
    return {
        "intent": {"name": intent, "confidence": confidence},
        "topic": "other",
        "article": article,
        "candidates": candidates,
        "entities": [],
        "scam": None,
        "gray": None,
        "crisis": None,
        "decision": decision,
        **cues,
    }


def make_scam(level: str = "P0", **fields: Any) -> dict[str, Any]:
    """Return a scam cue as the detectors publish it."""
    cue = {"level": level, "type": "fake_service", "state": "transferring", "amount": 500_000, "when": None}
    return {**cue, "spans": [], "score": 0.97, **fields}


def make_knowledge(folder: Path) -> Path:
    """Create a library with one article a handoff policy, an expired one and the product's own lists."""
    folder.mkdir()
    for name in LISTS:
        shutil.copy(ROOT / "knowledge" / name, folder / name)
    write_article(folder, "repay_early", title="提前还款怎么操作", related=["overdue_fee"])
    write_article(folder, "overdue_fee", title="逾期费用怎么算", group="overdue", handoff="conditional")
    write_article(folder, "pii_leak", title="信息泄露怎么办", group="account", handoff="always")
    write_article(folder, "victim_stop", title="被骗了先做什么", group="victim", handoff="urgent")
    write_article(folder, "old_offer", title="旧的优惠", expires_on=date(2024, 1, 31), expired="这项优惠已经结束。")
    return folder


def write_article(folder: Path, article_id: str, *, group: str = "repay", body: str = "", **fields: Any) -> Path:
    """Write an article's file; `fields` replace the front matter's."""
    front: dict[str, Any] = {
        "id": article_id,
        "title": article_id,
        "topic": "repayment",
        "flow": None,
        "questions": [f"{article_id} 怎么办"],
        "short": "一句话：请打 {{PLATFORM_HOTLINE}}。",
        "sources": [{"name": "民法典", "article": "677"}],
        "effective_from": date(2021, 1, 1),
        "expires_on": None,
        "expired": None,
        "verify_by": date(2027, 3, 31),
        "flags": ["NP"],
        "handoff": "never",
        "related": [],
        **fields,
    }
    path = folder / group / f"{article_id}.md"
    path.parent.mkdir(exist_ok=True)
    text = body or "先看 **合同**，再打 {{PLATFORM_HOTLINE}}。"
    path.write_text(f"---\n{yaml.safe_dump(front, allow_unicode=True, sort_keys=False)}---\n{text}\n", encoding="utf-8")
    return path
