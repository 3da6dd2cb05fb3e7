"""The risk notices of texts/risk_notice.yml: reviewed sentences about a kind of offer, never about the customer."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).resolve().parents[2] / "texts" / "risk_notice.yml"


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One reviewed text; whoever changes it raises the version."""

    template: str
    version: int
    text: str


@cache
def notices() -> dict[str, Notice]:
    """Return the notices by the type of flag that they belong to."""
    table: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {
        str(flag_type): Notice(template=f"risk_{flag_type}", version=int(one["version"]), text=str(one["text"]).strip())
        for flag_type, one in table["notices"].items()
    }
