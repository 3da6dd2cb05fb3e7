"""Rules of the repository that no other tool looks after."""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import pytest

from helpdesk.agents.model import Role
from helpdesk.agents.rights import Right
from helpdesk.cases.model import Priority
from helpdesk.conversations.model import MessageKind, Owner, Sender
from tests.factories import ROOT

# Ideographs, their punctuation and full-width forms; written as escapes, for this file obeys the rule as well.
CJK = re.compile("[\u2e80-\u2fff\u3000-\u303f\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef]")
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|home|root|Users)/\w")
PACKAGES = ("bot", "actions", "helpdesk", "gateway", "deploy", "migrations")
# Made by tools, or somebody else's.
NOT_OURS = {".venv", "node_modules", "var", "models", "dist", "results", "__pycache__", "screenshots"}
TEXT_FILES = {".py", ".yml", ".yaml", ".toml", ".ini", ".md", ".ts", ".vue", ".css", ".html", ".json", ".jsonl", ".txt"}
PROTOCOL = (ROOT / "web/shared/protocol.ts").read_text(encoding="utf-8")


def files(folder: Path) -> Iterator[Path]:
    """Return our own text files below `folder`."""
    for path in sorted(folder.iterdir()):
        if path.name in NOT_OURS or (path.name.startswith(".") and path.is_dir()):
            continue
        if path.is_dir():
            yield from files(path)
        elif path.suffix in TEXT_FILES or path.name in {"Makefile", "Procfile", ".env.example"}:
            yield path


def places(pattern: re.Pattern[str], paths: Iterator[Path]) -> list[str]:
    """Return file and line of everything that a pattern finds."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if pattern.search(line)
    ]


def union(name: str) -> set[str]:
    """Return the members of a union of texts in protocol.ts."""
    found = re.search(rf"^export type {name} =\s([^;]+);", PROTOCOL, re.MULTILINE)
    assert found is not None, f"protocol.ts has no type {name}"
    return set(re.findall(r'"(\w+)"', found[1]))


@pytest.mark.parametrize("package", PACKAGES)
def test_code_holds_no_chinese(package: str):
    sources = (path for path in files(ROOT / package) if path.suffix == ".py")

    assert places(CJK, sources) == []


@pytest.mark.parametrize("line", ["x = '还款'", "# \N{FULLWIDTH COMMA}", "'\N{IDEOGRAPHIC FULL STOP}'"])
def test_chinese_would_be_noticed(line: str):
    assert CJK.search(line)


def test_no_file_names_a_folder_of_one_machine():
    assert places(MACHINE_PATH, files(ROOT)) == []


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("Owner", Owner),
        ("Sender", Sender),
        ("MessageKind", MessageKind),
        ("Priority", Priority),
        ("AgentRole", Role),
        ("DeskRight", Right),
    ],
    ids=["owners", "senders", "kinds", "priorities", "roles", "rights"],
)
def test_front_end_and_database_agree_on_choices(name: str, choices: type[Enum]):
    assert union(name) == {choice.value for choice in choices}


@pytest.mark.parametrize("name", ["Owner", "Priority"])
def test_the_protocol_page_agrees_with_the_front_end(name: str):
    page = (ROOT / "docs/protocol.md").read_text(encoding="utf-8")
    found = re.search(rf"^type {name} = ([^;]+);", page, re.MULTILINE)

    assert found is not None
    assert set(re.findall(r'"(\w+)"', found[1])) == union(name)


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CHANGELOG.md",
        "docs/protocol.md",
        "docs/architecture.md",
        "docs/glossary.md",
        "docs/adr",
        "knowledge/README.md",
    ],
)
def test_documentation_exists(page: str):
    assert (ROOT / page).exists()


def test_every_page_that_is_referred_to_exists():
    referred = re.compile(r"(?<![\w./])docs/[\w/-]+\.md")
    named = {match for path in files(ROOT) for match in referred.findall(path.read_text(encoding="utf-8"))}

    assert "docs/protocol.md" in named
    assert [page for page in sorted(named) if not (ROOT / page).exists()] == []
