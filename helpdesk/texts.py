"""User-visible sentences that are neither bot replies nor articles, from texts/zh-CN.yml."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).resolve().parent.parent / "texts" / "zh-CN.yml"


@cache
def _texts() -> dict[str, Any]:
    loaded = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        message = f"{_FILE} is not a mapping"
        raise TypeError(message)
    return loaded


def text(section: str, key: str, **values: object) -> str:
    """Return the sentence `key` of `section` with its `{…}` fields filled.

    Raises:
        KeyError: There is no such sentence.
    """
    template = _texts()[section][key]
    return str(template).format(**values)


def titles(section: str) -> dict[str, str]:
    """Return a whole section, key to sentence."""
    return {str(key): str(value) for key, value in _texts()[section].items()}
