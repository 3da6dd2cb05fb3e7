"""The line shown under a search result: the passage that fits best, and the part of it to highlight."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from helpdesk.knowledge.terms import located_terms

# What fits under a title on a telephone.
_LONGEST = 60
# Words before the highlighted part, so that it can be read.
_LEAD = 12
_ELLIPSIS = "…"


class Excerpt(NamedTuple):
    """One short line; `highlight` is `[start, end)` in it, None where the terms stand elsewhere."""

    text: str
    highlight: tuple[int, int] | None


def excerpt(texts: Sequence[str], terms: Collection[str]) -> Excerpt:
    """Return the passage of `texts` with the longest stretch of `terms`.

    Where there is none, it is the beginning of the first text. Of equally long stretches the first counts, so the texts
    come in order of preference.
    """
    best_line, best = "", (0, 0)
    for text in texts:
        line = " ".join(text.split())
        best_line = best_line or line
        stretch = _longest_stretch(line, terms)
        if stretch[1] - stretch[0] > best[1] - best[0]:
            best_line, best = line, stretch
    return _cut(best_line, best)


def _longest_stretch(line: str, terms: Collection[str]) -> tuple[int, int]:
    best = current = (0, 0)
    for term in located_terms(line, terms):
        current = (current[0], max(current[1], term.end)) if term.start <= current[1] else (term.start, term.end)
        if current[1] - current[0] > best[1] - best[0]:
            best = current
    return best


def _cut(line: str, stretch: tuple[int, int]) -> Excerpt:
    begin = 0
    if len(line) > _LONGEST and stretch[1] >= _LONGEST:
        # Not further than needed: the last passage fills the line as well.
        begin = min(max(stretch[0] - _LEAD, 0), len(line) - _LONGEST + len(_ELLIPSIS))
    head = _ELLIPSIS if begin else ""
    tail = line[begin:]
    if len(head) + len(tail) > _LONGEST:
        tail = tail[: _LONGEST - len(head) - len(_ELLIPSIS)] + _ELLIPSIS
    start, end = (len(head) - begin + place for place in stretch)
    # A stretch as long as an excerpt ends where the excerpt does.
    highlight = (start, min(end, _LONGEST)) if stretch[1] > stretch[0] else None
    return Excerpt(head + tail, highlight)
