"""Refuses broken articles: `python -m helpdesk.knowledge.check [FOLDER]`."""

import re
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import yaml
from markdown_it import MarkdownIt

from helpdesk import clock
from helpdesk.knowledge.article import Article, ArticleError
from helpdesk.knowledge.library import Library, LibraryError, load_library
from helpdesk.knowledge.rendering import PLACEHOLDER

_LEAST_QUESTIONS = 15
_LONGEST = {"title": 20, "short": 90, "question": 80}
_BODY = (100, 600)
_PERMITTED_TOKENS = {
    "paragraph_open",
    "paragraph_close",
    "inline",
    "text",
    "softbreak",
    "strong_open",
    "strong_close",
    "bullet_list_open",
    "bullet_list_close",
    "ordered_list_open",
    "ordered_list_close",
    "list_item_open",
    "list_item_close",
    "link_open",
    "link_close",
}
# Digits that could be taken for a telephone number; Arabic figures of law, money and dates are told apart by what
# surrounds them.
_NUMBER = re.compile(r"(?<![\d.,-])(?:\d{3,4}-)?\d{3,12}(?![\d,]|\.\d)")
_MARKDOWN = MarkdownIt("commonmark")


def check_library(folder: Path, today: date) -> list[ArticleError]:
    """Return everything that is wrong with the articles below `folder`."""
    try:
        library = load_library(folder)
    except LibraryError as error:
        return error.problems
    rules = yaml.safe_load((folder / "phones.yml").read_text(encoding="utf-8"))
    forbidden = yaml.safe_load((folder / "forbidden.yml").read_text(encoding="utf-8"))
    patterns = [(re.compile(rule["pattern"]), str(rule["why"])) for rule in forbidden["promises"]]
    units = re.compile(forbidden["number_context"])
    problems: list[ArticleError] = []
    seen: dict[str, Article] = {}
    for article in library.articles.values():
        problems.extend(_lengths(article))
        problems.extend(_questions(article, seen))
        problems.extend(_texts(article, library, set(rules["phones"]), set(rules["sites"]), units))
        problems.extend(_promises(article, patterns))
        problems.extend(_markdown(article))
        if article.verify_by < today:
            problems.append(ArticleError(article.path, 1, f"verify_by: {article.verify_by} has passed"))
    return problems


def _lengths(article: Article) -> Iterator[ArticleError]:
    for name in ("title", "short"):
        if len(getattr(article, name)) > _LONGEST[name]:
            yield ArticleError(article.path, 1, f"{name}: longer than {_LONGEST[name]} characters")
    low, high = _BODY
    if not low <= len(article.body) <= high:
        yield ArticleError(article.path, 1, f"the answer has {len(article.body)} characters, not {low} to {high}")


def _questions(article: Article, seen: dict[str, Article]) -> Iterator[ArticleError]:
    if len(article.questions) < _LEAST_QUESTIONS:
        yield ArticleError(article.path, 1, f"questions: fewer than {_LEAST_QUESTIONS}")
    for question in article.questions:
        if len(question) > _LONGEST["question"]:
            yield ArticleError(article.path, 1, f"questions: longer than {_LONGEST['question']}: {question}")
        other = seen.setdefault(question, article)
        if other is not article or article.questions.count(question) > 1:
            yield ArticleError(article.path, 1, f"questions: also in {other.id}: {question}")


def _shown(article: Article) -> list[str]:
    return [text for text in (article.title, article.short, article.body, article.expired) if text]


def _texts(
    article: Article, library: Library, phones: set[str], sites: set[str], units: re.Pattern[str]
) -> Iterator[ArticleError]:
    for text in _shown(article):
        for name in PLACEHOLDER.findall(text):
            if name not in library.placeholders:
                yield ArticleError(article.path, 1, f"unknown placeholder {name}")
        for match in _NUMBER.finditer(text):
            around = text[max(0, match.start() - 2) : match.end() + 3]
            if match[0] not in phones and not units.search(around):
                yield ArticleError(article.path, 1, f"the number {match[0]} is not in phones.yml")
        for site in re.findall(r"https?://([^/)\s]+)", text):
            if site not in sites:
                yield ArticleError(article.path, 1, f"the site {site} is not in phones.yml")


def _promises(article: Article, patterns: list[tuple[re.Pattern[str], str]]) -> Iterator[ArticleError]:
    for text in _shown(article):
        for pattern, why in patterns:
            found = pattern.search(text)
            if found is not None:
                yield ArticleError(article.path, 1, f"{why}: {found[0]}")


def _markdown(article: Article) -> Iterator[ArticleError]:
    for token in _MARKDOWN.parse(article.body):
        for part in (token, *(token.children or ())):
            if part.type not in _PERMITTED_TOKENS:
                yield ArticleError(article.path, 1, f"Markdown that is not permitted: {part.type}")


def main(arguments: list[str]) -> int:
    """Print what is wrong, one line each; return 1 if anything is."""
    folder = Path(arguments[0]) if arguments else Path("knowledge")
    problems = check_library(folder, clock.now().date())
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    if not problems:
        sys.stdout.write(f"{len(load_library(folder).articles)} articles are in order\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
