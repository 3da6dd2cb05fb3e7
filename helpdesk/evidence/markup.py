"""Writing HTML that runs nothing and links nowhere: every text goes through `escaped`."""

import base64
import hashlib
import html
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_STYLE = Path(__file__).with_name("report.css")
# Joins the parts of one emoji; alone it moves nothing.
_JOINER = "\N{ZERO WIDTH JOINER}"
_SHOWN_CONTROLS = frozenset({"\n", "\t", _JOINER})


@dataclass(frozen=True, kw_only=True)
class Markup:
    """A piece of finished HTML; a plain `str` is never taken for one."""

    html: str


def escaped(value: object) -> str:
    """Return a text for HTML, with characters that are invisible or turn the writing around shown as [U+202E]."""
    return html.escape("".join(map(_visible, str(value))), quote=True)


def _visible(character: str) -> str:
    if character in _SHOWN_CONTROLS or unicodedata.category(character) not in {"Cc", "Cf", "Zl", "Zp"}:
        return character
    return f"[U+{ord(character):04X}]"


def element(name: str, content: object, *, style: str = "") -> Markup:
    """Return an element; `content` is escaped unless it is markup or several pieces of it."""
    attribute = f' class="{style}"' if style else ""
    return Markup(html=f"<{name}{attribute}>{_inner(content)}</{name}>")


def _inner(content: object) -> str:
    if isinstance(content, Markup):
        return content.html
    if isinstance(content, list | tuple):
        return "".join(_inner(one) for one in content)
    return escaped(content)


def table(
    columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]], *, styles: Sequence[str] = ()
) -> Markup:
    """Return a table; `columns` are titles with a style each, `styles` those of the rows where they have one."""
    head = element("tr", [element("th", title, style=style) for title, style in columns])
    body = [
        element(
            "tr",
            [element("td", cell, style=style) for cell, (_, style) in zip(row, columns, strict=True)],
            style=styles[place] if styles else "",
        )
        for place, row in enumerate(rows)
    ]
    return element("table", [element("thead", head), element("tbody", body)])


def page(title: str, content: Sequence[Markup]) -> str:
    """Return a whole page.

    Its policy forbids everything but its one style sheet, and telephones are told not to make links of numbers.
    """
    style = _STYLE.read_text(encoding="utf-8")
    style_hash = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"
    lines = [
        "<!DOCTYPE html>",
        '<html lang="zh-CN">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="format-detection" content="telephone=no, email=no, address=no, date=no, url=no">',
        '<meta name="referrer" content="no-referrer">',
        element("title", title).html,
        f"<style>{style}</style>",
        "</head>",
        "<body>",
        *(one.html for one in content),
        "</body>",
        "</html>",
    ]
    return "\n".join(lines) + "\n"
