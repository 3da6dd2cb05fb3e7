"""Secrets made on the first start and kept in `var/secrets.json`, readable by the owner alone."""

import json
import os
import secrets
from pathlib import Path

_TOKEN_BYTES = 32
_NAMES = ("BOT_TOKEN", "SECOND_FACTOR_KEY")


def load_or_create(var_dir: Path) -> dict[str, str]:
    """Return the secrets by their setting's name, creating those that are missing."""
    path = var_dir / "secrets.json"
    var_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    known: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    missing = [name for name in _NAMES if not known.get(name)]
    if missing:
        known.update({name: secrets.token_urlsafe(_TOKEN_BYTES) for name in missing})
        new = path.with_suffix(".new")
        # Created with its final mode: at no moment may others read it.
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(known, file, indent=2)
        new.replace(path)
    return known
