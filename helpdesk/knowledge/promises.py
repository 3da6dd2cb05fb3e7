"""What nobody may tell a customer: the patterns of `forbidden.yml` beside the articles."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import yaml


@cache
def forbidden_promises(folder: Path) -> Sequence[tuple[re.Pattern[str], str]]:
    """Return each pattern with the reason for it.

    Raises:
        FileNotFoundError: The folder of articles has no such list.
    """
    rules = yaml.safe_load((folder / "forbidden.yml").read_text(encoding="utf-8"))["promises"]
    return [(re.compile(rule["pattern"]), str(rule["why"])) for rule in rules]
