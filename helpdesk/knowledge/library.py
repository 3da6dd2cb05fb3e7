"""The articles in service: loaded whole, replaced whole, never half."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from helpdesk.knowledge.article import Article, ArticleError, parse_article

logger = logging.getLogger(__name__)


class LibraryError(Exception):
    """Every broken article at once."""

    def __init__(self, problems: list[ArticleError]) -> None:
        """List the problems, one a line."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class Library:
    """All articles with their groups and topics."""

    articles: Mapping[str, Article]
    topics: Mapping[str, str]
    groups: Mapping[str, str]
    placeholders: Mapping[str, str]


def article_paths(folder: Path) -> list[Path]:
    """Return the article files below `folder`, in a stable order."""
    return sorted(path for path in folder.glob("*/*.md"))


def _mapping(path: Path) -> dict[str, str]:
    try:
        loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise LibraryError([ArticleError(path, 1, f"not readable: {type(error).__name__}")]) from error
    if not isinstance(loaded, dict):
        raise LibraryError([ArticleError(path, 1, "not a mapping")])
    return {str(key): str(value) for key, value in loaded.items()}


def load_library(folder: Path) -> Library:
    """Read all articles below `folder`.

    Raises:
        LibraryError: Any article is broken, with every problem found.
    """
    problems: list[ArticleError] = []
    articles: dict[str, Article] = {}
    topics, groups = _mapping(folder / "topics.yml"), _mapping(folder / "groups.yml")
    for path in article_paths(folder):
        try:
            article = parse_article(path)
        except ArticleError as error:
            problems.append(error)
            continue
        if article.id in articles:
            problems.append(ArticleError(path, 2, f"id: {article.id} is also the id of {articles[article.id].path}"))
            continue
        if article.id != path.stem:
            problems.append(ArticleError(path, 2, f"id: {article.id} is not the file's name"))
        if article.topic not in topics:
            problems.append(ArticleError(path, 1, f"topic: {article.topic} is not in topics.yml"))
        if article.group not in groups:
            problems.append(ArticleError(path, 1, f"the folder {article.group} is not in groups.yml"))
        articles[article.id] = article
    for article in articles.values():
        problems.extend(
            ArticleError(article.path, 1, f"related: {other} does not exist")
            for other in article.related
            if other not in articles
        )
    if problems:
        raise LibraryError(problems)
    return Library(articles=articles, topics=topics, groups=groups, placeholders=_mapping(folder / "placeholders.yml"))


class LiveLibrary:
    """The library that a running process serves; a broken edit leaves the last good one in place."""

    def __init__(self, folder: Path) -> None:
        """Load `folder`; a broken library at the start is an error.

        Raises:
            LibraryError: Any article is broken.
        """
        self._folder = folder
        self._stamp = self._state()
        self.current = load_library(folder)

    def _state(self) -> frozenset[tuple[str, int, int]]:
        files = [*article_paths(self._folder), *self._folder.glob("*.yml")]
        return frozenset((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in files)

    def refresh(self) -> bool:
        """Load again if a file changed; return whether a new library is in service."""
        try:
            stamp = self._state()
        except FileNotFoundError:
            # A file vanished between listing and looking: the next refresh sees the new state.
            return False
        if stamp == self._stamp:
            return False
        self._stamp = stamp
        try:
            self.current = load_library(self._folder)
        except (LibraryError, OSError) as error:
            # The message names file, line and reason; a traceback would bury it.
            logger.error("knowledge is broken, the last good version stays in service:\n%s", error)  # noqa: TRY400
            return False
        logger.info("knowledge reloaded: %d articles", len(self.current.articles))
        return True
