"""What axe finds on a page."""

import json
from pathlib import Path

from playwright.sync_api import Page

_AXE = Path(__file__).resolve().parents[2] / "web/node_modules/axe-core/axe.min.js"
_GRAVE = {"serious", "critical"}


def violations(page: Page) -> list[str]:
    """Return the serious and critical violations, each with the elements concerned."""
    # Evaluated, not added as a script tag: the page's own policy forbids foreign scripts.
    page.evaluate(_AXE.read_text(encoding="utf-8"))
    found = page.evaluate("async () => (await axe.run()).violations")
    return [
        f"{violation['id']}: {json.dumps([node['target'] for node in violation['nodes']], ensure_ascii=False)}"
        for violation in found
        if violation["impact"] in _GRAVE
    ]
