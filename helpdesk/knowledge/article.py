"""An approved article and how its file is read."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

HANDOFFS = ("never", "conditional", "always", "urgent")
FLAGS = frozenset({"ACCT", "MONEY", "PII", "CREDIT", "LEGAL", "COLLECT", "SCAM", "CRISIS", "VULN", "EXPIRES", "NP"})
_VERSION_LENGTH = 12
# Several times the longest article. libyaml descends once a bracket and brings the process down on a page of them.
MAX_BYTES = 32_768
_MOST_BRACKETS = 1_000
# The safe loader on libyaml where it is there: ten times as fast.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class ArticleError(Exception):
    """A file that is not a usable article: where and why."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        """Show as `path:line: reason`."""
        super().__init__(f"{path}:{line}: {reason}")
        self.path = path
        self.line = line
        self.reason = reason


@dataclass(frozen=True, kw_only=True)
class Source:
    """What an answer rests on."""

    name: str
    article: str | None
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Article:
    """One approved answer; `version` names the exact content of its file."""

    id: str
    group: str
    title: str
    topic: str
    flow: str | None
    questions: tuple[str, ...]
    short: str
    sources: tuple[Source, ...]
    effective_from: date
    expires_on: date | None
    expired: str | None
    verify_by: date
    flags: frozenset[str]
    handoff: str
    related: tuple[str, ...]
    body: str
    version: str
    path: Path

    def has_expired(self, today: date) -> bool:
        """Return whether the answer no longer holds."""
        return self.expires_on is not None and today > self.expires_on


def _line_of(front: str, key: str) -> int:
    for number, line in enumerate(front.splitlines(), start=2):
        if line.startswith(f"{key}:"):
            return number
    return 1


def parse_article(path: Path) -> Article:
    """Read one article file.

    Raises:
        ArticleError: It is not UTF-8, has no front matter, or a field is missing or of the wrong kind.
    """
    raw = path.read_bytes()
    if len(raw) > MAX_BYTES:
        raise ArticleError(path, 1, f"longer than {MAX_BYTES} bytes")
    try:
        content = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ArticleError(path, 1, "not UTF-8") from error
    parts = content.split("---\n", 2)
    if len(parts) != 3 or parts[0]:
        raise ArticleError(path, 1, "no front matter between two lines of ---")
    front, body = parts[1], parts[2].strip()
    if front.count("[") + front.count("{") > _MOST_BRACKETS:
        raise ArticleError(path, 1, "too many brackets in the front matter")
    try:
        fields = yaml.load(front, Loader=_LOADER)  # noqa: S506 - it is the safe one
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ArticleError(
            path, mark.line + 2 if mark else 1, f"bad YAML: {getattr(error, 'problem', error)}"
        ) from error
    except Exception as error:
        # An impossible day or a value that does not fit its tag: the loader passes on what date() or int() raise.
        raise ArticleError(path, 1, f"bad YAML: {error}") from error
    if not isinstance(fields, dict):
        raise ArticleError(path, 1, "the front matter is not a mapping")
    return _build(path, front, fields, body, hashlib.sha256(raw).hexdigest()[:_VERSION_LENGTH])


def _build(path: Path, front: str, fields: dict[str, Any], body: str, version: str) -> Article:
    def fail(key: str, reason: str) -> ArticleError:
        return ArticleError(path, _line_of(front, key), f"{key}: {reason}")

    def string(key: str) -> str:
        value = fields.get(key)
        if not isinstance(value, str) or not value.strip():
            raise fail(key, "missing or not text")
        return value.strip()

    def optional_string(key: str) -> str | None:
        return None if fields.get(key) is None else string(key)

    def day(key: str) -> date:
        value = fields.get(key)
        # A datetime is a date too, but the two cannot be compared.
        if not isinstance(value, date) or isinstance(value, datetime):
            raise fail(key, "missing or not a date like 2026-01-31")
        return value

    def strings(key: str) -> tuple[str, ...]:
        value = fields.get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise fail(key, "not a list of texts")
        return tuple(item.strip() for item in value)

    if not body:
        raise ArticleError(path, front.count("\n") + 3, "no answer below the front matter")
    if fields.get("handoff") not in HANDOFFS:
        raise fail("handoff", f"not one of {', '.join(HANDOFFS)}")
    expires_on = None if fields.get("expires_on") is None else day("expires_on")
    expired = optional_string("expired")
    if (expires_on is None) != (expired is None):
        raise fail("expired", "goes together with expires_on")
    unknown_flags = set(strings("flags")) - FLAGS
    if unknown_flags:
        raise fail("flags", f"unknown: {', '.join(sorted(unknown_flags))}")
    return Article(
        id=string("id"),
        group=path.parent.name,
        title=string("title"),
        topic=string("topic"),
        flow=optional_string("flow"),
        questions=strings("questions"),
        short=string("short"),
        sources=_sources(fields.get("sources"), fail),
        effective_from=day("effective_from"),
        expires_on=expires_on,
        expired=expired,
        verify_by=day("verify_by"),
        flags=frozenset(strings("flags")),
        handoff=fields["handoff"],
        related=strings("related"),
        body=body,
        version=version,
        path=path,
    )


def _sources(value: object, fail: Any) -> tuple[Source, ...]:
    if not isinstance(value, list) or not value:
        raise fail("sources", "at least one source is needed")
    sources = []
    for item in value:
        if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"].strip():
            raise fail("sources", "a source without a name")
        if set(item) - {"name", "article", "url"}:
            raise fail("sources", "a source has only name, article and url")
        article, url = item.get("article"), item.get("url")
        sources.append(
            Source(
                name=item["name"].strip(),
                article=None if article is None else str(article),
                url=None if url is None else str(url),
            )
        )
    return tuple(sources)
