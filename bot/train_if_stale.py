"""Trains only when what the model learns from has changed: `python -m bot.train_if_stale`.

The inputs are compared by content, so a fresh checkout, a touched file or an edited answer (which the gateway renders
and no model contains) trains nothing.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.knowledge import BrokenArticlesError, load_articles

MODELS = Path("models")
RECORD = MODELS / "inputs.json"
PLAIN_INPUTS = ("config.yml", "domain.yml", "knowledge/topics.yml", "texts/triage.yml", "bot/uv.lock")
FOLDER_INPUTS = (("data", "*"), ("bot/nlu", "*.py"))
SINGLE_SOURCES = ("bot/importer.py", "bot/knowledge.py", "bot/triage.py")


def main() -> int:
    """Train if needed; the result is the exit status."""
    try:
        inputs = digests()
    except BrokenArticlesError as error:
        print(f"Not training, articles are broken:\n{error}", file=sys.stderr)
        return 1
    reason = staleness(inputs)
    if reason is None:
        print(f"The model is up to date: {_record()['model']}")
        return 0
    print(f"Training: {reason}")
    done = subprocess.run([sys.executable, "-m", "bot.engine.rasa_command", "train", "--out", str(MODELS)], check=False)
    if done.returncode != 0:
        return done.returncode
    newest = max(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    RECORD.write_text(json.dumps({"model": newest.name, "inputs": inputs}, indent=1), encoding="utf-8")
    return 0


def staleness(inputs: dict[str, str]) -> str | None:
    """Say why the newest model is stale, or None when it is not."""
    record = _record()
    if not record or not (MODELS / str(record["model"])).exists():
        return "there is no model yet"
    known = record["inputs"]
    changed = sorted(name for name in inputs.keys() | known.keys() if inputs.get(name) != known.get(name))
    if not changed:
        return None
    shown = ", ".join(changed[:3])
    return f"{shown} changed" if len(changed) <= 3 else f"{shown} and {len(changed) - 3} more changed"


def _record() -> dict[str, object]:
    try:
        return json.loads(RECORD.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def digests() -> dict[str, str]:
    """Give a digest for each input, by its path."""
    return {str(path): hashlib.sha256(content).hexdigest() for path, content in _inputs()}


def _inputs() -> Iterator[tuple[Path, bytes]]:
    for name in (*PLAIN_INPUTS, *SINGLE_SOURCES):
        yield Path(name), Path(name).read_bytes()
    for folder, pattern in FOLDER_INPUTS:
        for path in sorted(Path(folder).rglob(pattern)):
            if path.is_file() and path.suffix != ".md":
                yield path, path.read_bytes()
    for article in load_articles(Path("knowledge")):
        learned = [article.id, article.title, article.topic, article.flow, article.questions, article.short]
        yield article.path, json.dumps(learned, ensure_ascii=False).encode()


if __name__ == "__main__":
    sys.exit(main())
