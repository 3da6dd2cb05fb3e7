"""Approved articles as the bot needs them: questions, title, topic and short form.

The body of an article is deliberately not read: the gateway renders it, so editing an answer must not make a
model stale. The gateway has its own, fuller reader; the two environments share the files, not the code.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from rasa.shared.exceptions import RasaException

# The conversation flows which an article may hand its questions to.
FLOWS = frozenset({"request_human", "report_scam", "complain", "negotiate", "check_progress"})
FENCE = "---"
# Several times the longest article. libyaml descends once a bracket and brings the process down on a page of them.
MAX_BYTES = 32_768
MOST_BRACKETS = 1_000
ID_PATTERN = re.compile(r"[a-z][a-z0-9_]*")
PLACEHOLDER_PATTERN = re.compile(r"\{\{([A-Z_]+)\}\}")


@dataclass(frozen=True)
class Problem:
    """What is wrong with an article, and where."""

    path: Path
    line: int
    reason: str

    def __str__(self) -> str:
        """One line, in the form which editors and CI turn into a link."""
        return f"{self.path}:{self.line}: {self.reason}"


class BrokenArticlesError(RasaException):
    """At least one article cannot be used; carries every problem, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep the problems for callers which want more than the text."""
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True)
class Article:
    """The part of an article which the bot learns from or says."""

    id: str
    title: str
    topic: str
    flow: str | None
    questions: tuple[str, ...]
    short: str
    related: tuple[str, ...]
    path: Path
    lines: dict[str, int]

    @property
    def intent(self) -> str:
        """The intent which the questions of this article train."""
        return self.flow or f"faq/{self.id}"


def load_articles(folder: Path) -> list[Article]:
    """Read every article under a folder, in the order of their paths.

    Raises:
        BrokenArticlesError: At least one article is broken; nothing is returned then, because a model
            with a silently missing article would answer its questions with something else.
    """
    topics = _read_mapping(folder / "topics.yml")
    placeholders = _read_mapping(folder / "placeholders.yml")
    articles: list[Article] = []
    problems: list[Problem] = []
    for path in sorted(folder.glob("*/*.md")):
        reader = _ArticleReader(path)
        article = reader.read(topics=topics, placeholders=placeholders)
        problems.extend(reader.problems)
        if article is not None:
            articles.append(article)
    problems.extend(_problems_between(articles))
    if problems:
        raise BrokenArticlesError(problems)
    return articles


def _read_mapping(path: Path) -> dict[str, str]:
    mapping: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return mapping


def _problems_between(articles: list[Article]) -> list[Problem]:
    """Find ids used twice, questions claimed by two articles and links to nowhere."""
    problems = []
    owners: dict[str, Article] = {}
    asked: dict[str, Article] = {}
    ids = {article.id for article in articles}
    for article in articles:
        first = owners.setdefault(article.id, article)
        if first is not article:
            reason = f"id {article.id!r} is already used by {first.path}"
            problems.append(Problem(article.path, article.lines["id"], reason))
        for question in article.questions:
            other = asked.setdefault(question, article)
            if other is not article:
                reason = f"question {question!r} belongs to {other.id} already"
                problems.append(Problem(article.path, article.lines["questions"], reason))
        for related in article.related:
            if related not in ids:
                reason = f"related article {related!r} does not exist"
                problems.append(Problem(article.path, article.lines["related"], reason))
    return problems


class _ArticleReader:
    """Reads one file and notes what is wrong with it together with the line."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self._lines: dict[str, int] = {}

    def read(self, *, topics: dict[str, str], placeholders: dict[str, str]) -> Article | None:
        front = self._front_matter()
        if front is None:
            return None
        identifier = self._text(front, "id")
        title = self._text(front, "title")
        topic = self._text(front, "topic")
        short = self._text(front, "short")
        questions = self._texts(front, "questions")
        related = self._texts(front, "related", may_be_empty=True)
        flow = front.get("flow")
        if identifier and not ID_PATTERN.fullmatch(identifier):
            self._note("id", f"id {identifier!r} is not lower snake case")
        if identifier and identifier != self.path.stem:
            self._note("id", f"id {identifier!r} differs from the file name")
        if topic and topic not in topics:
            self._note("topic", f"topic {topic!r} is not in topics.yml")
        if flow is not None and flow not in FLOWS:
            self._note("flow", f"flow {flow!r} is none of {', '.join(sorted(FLOWS))}")
        self._check_sources(front)
        if self.problems:
            return None
        return Article(
            id=identifier,
            title=title,
            topic=topic,
            flow=flow,
            questions=questions,
            short=self._fill(short, placeholders),
            related=related,
            path=self.path,
            lines=self._lines,
        )

    def _front_matter(self) -> dict[str, Any] | None:
        content = self.path.read_bytes()
        if len(content) > MAX_BYTES or content.count(b"[") + content.count(b"{") > MOST_BRACKETS:
            self.problems.append(Problem(self.path, 1, "too long, or too many brackets"))
            return None
        lines = content.decode("utf-8").split("\n")
        if lines[0].strip() != FENCE or FENCE not in (line.strip() for line in lines[1:]):
            self.problems.append(Problem(self.path, 1, "no front matter between two --- lines"))
            return None
        end = next(i for i, line in enumerate(lines[1:], start=1) if line.strip() == FENCE)
        # Loading with a node tree first costs little and gives every key its line. The opening fence is
        # replaced by an empty line so that YAML counts as an editor does.
        source = "\n" + "\n".join(lines[1:end])
        try:
            node = yaml.compose(source, Loader=yaml.CSafeLoader)
            front = yaml.load(source, Loader=yaml.CSafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            self.problems.append(Problem(self.path, line, f"not valid YAML: {error.problem}"))
            return None
        if not isinstance(front, dict):
            self.problems.append(Problem(self.path, 2, "the front matter is not a mapping"))
            return None
        self._lines = {key.value: key.start_mark.line + 1 for key, _ in node.value}
        return front

    def _note(self, key: str, reason: str) -> None:
        self.problems.append(Problem(self.path, self._lines.get(key, 1), reason))

    def _text(self, front: dict[str, Any], key: str) -> str:
        value = front.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self._note(key, f"{key} is missing or not text")
        return ""

    def _texts(self, front: dict[str, Any], key: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
        values = front.get(key)
        if values is None and may_be_empty:
            return ()
        if not isinstance(values, list) or (not values and not may_be_empty):
            self._note(key, f"{key} is not a list, or is empty")
            return ()
        for value in values:
            if not isinstance(value, str) or not value.strip():
                self._note(key, f"{key} holds {value!r}, which YAML does not read as text: quote it")
                return ()
        # A question written twice in one article is harmless; it must not count twice.
        return tuple(dict.fromkeys(value.strip() for value in values))

    def _check_sources(self, front: dict[str, Any]) -> None:
        sources = front.get("sources")
        if not isinstance(sources, list) or not sources:
            self._note("sources", "sources is missing or empty")
            return
        for source in sources:
            if not isinstance(source, dict) or not str(source.get("name") or "").strip():
                self._note("sources", f"source {source!r} has no name")

    def _fill(self, short: str, placeholders: dict[str, str]) -> str:
        """Say the safe phrase: the bot does not know the settings, and Rasa would eat the braces."""

        def safe_phrase(match: re.Match[str]) -> str:
            return placeholders.get(match.group(1), "")

        return PLACEHOLDER_PATTERN.sub(safe_phrase, short).replace("{", "").replace("}", "")
