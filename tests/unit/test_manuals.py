"""The manuals for agents and supervisors: their pictures exist, and they say what the desk says."""

import re
from pathlib import Path

import pytest
import yaml

from tests.factories import ROOT

DOCS = ROOT / "docs"
PICTURES = DOCS / "images/manual"
AGENTS, SUPERVISORS = DOCS / "agents.zh-CN.md", DOCS / "supervisors.zh-CN.md"
MANUALS = (AGENTS, SUPERVISORS)
MOST_PICTURES, MOST_BYTES = 10, 150_000
FRAME = (ROOT / "web/desk/src/texts/frame.ts").read_text(encoding="utf-8")
# All that the desk shows: its own texts, the server's, and the titles of promises and figures.
SHOWN = [
    *sorted((ROOT / "web/desk/src/texts").glob("*.ts")),
    ROOT / "texts/zh-CN.yml",
    ROOT / "texts/figures.yml",
    ROOT / "helpdesk/clocks/promises.yml",
]
WORDS = "\n".join(path.read_text(encoding="utf-8") for path in SHOWN)


def read(manual: Path) -> str:
    return manual.read_text(encoding="utf-8")


def section(manual: Path, heading: str) -> str:
    """Return what stands below a heading, up to the next one."""
    found = re.search(rf"^#+ [^\n]*{heading}\n(.*?)(?=^#|\Z)", read(manual), re.MULTILINE | re.DOTALL)
    assert found is not None, f"{manual.name} has no section {heading}"
    return found[1]


def rows(table: str) -> list[tuple[str, str]]:
    """Return the rows of a table with two columns, without its heading."""
    return re.findall(r"^\| (.+?) \| (.+?) \|$", table, re.MULTILINE)[1:]


def shortcuts() -> list[tuple[str, str]]:
    listed = re.search(r"shortcuts: \{.*?rows: \[(.*?)\n    \]", FRAME, re.DOTALL)
    assert listed is not None
    return re.findall(r'\["(.+?)", "(.+?)"\]', listed[1])


def pictures(manual: Path) -> set[str]:
    return set(re.findall(r"!\[[^\]]+\]\((images/[^)]+)\)", read(manual)))


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_every_picture_of_a_manual_exists_and_is_small(manual: Path):
    linked = pictures(manual)

    assert linked
    assert {name for name in linked if not (DOCS / name).exists()} == set()
    assert {name for name in linked if (DOCS / name).stat().st_size > MOST_BYTES} == set()


def test_no_picture_lies_about_that_no_manual_shows():
    linked = {name for manual in MANUALS for name in pictures(manual)}

    assert {f"images/manual/{path.name}" for path in PICTURES.iterdir()} == linked
    assert len(linked) <= MOST_PICTURES


def test_the_table_of_shortcuts_is_that_of_the_desk():
    assert shortcuts()
    assert rows(section(AGENTS, "快捷键")) == shortcuts()


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_every_key_that_a_manual_names_is_among_the_shortcuts(manual: Path):
    known = {key for row in shortcuts() for words in row for key in re.findall(r"[A-Za-z+]+|[\d/?@↑↓]", words)}

    assert {"Shift+Enter", "a", "/"} <= known
    assert set(re.findall(r"<kbd>(.+?)</kbd>", read(manual))) <= known


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_what_is_in_bold_stands_on_a_page_of_the_desk(manual: Path):
    bold = re.findall(r"(?<!\\)\*\*(.+?)(?<!\\)\*\*", read(manual))
    # With a full stop it is the heading of a paragraph.
    named = {words for words in bold if not words.endswith("。")}

    assert len(named) > 20
    assert {words for words in named if words not in WORDS} == set()


def test_the_figures_are_explained_in_the_words_of_the_board():
    figures = yaml.safe_load((ROOT / "texts/figures.yml").read_text(encoding="utf-8"))["figures"]

    explained = rows(section(SUPERVISORS, "每个数字的意思"))

    assert explained == [(figure["title"], figure["formula"]) for figure in figures.values()]


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.name)
def test_links_of_a_manual_lead_somewhere(manual: Path):
    for page, heading in re.findall(r"\]\(([\w.-]+\.md)(?:#([^)]+))?\)", read(manual)):
        assert (DOCS / page).exists()
        # As GitHub makes anchors: small letters, without marks, blanks as hyphens.
        headings = re.findall(r"^#+ (.+)$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE)
        anchors = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}
        assert not heading or heading in anchors
