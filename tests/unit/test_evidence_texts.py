"""verify.py's sentences in both languages, and what it asks of the machine on which it runs."""

import ast
import string
import subprocess
import sys

import pytest

from helpdesk.evidence import verify
from helpdesk.texts import titles
from tests.factories import ROOT

SOURCE = ROOT / "helpdesk/evidence/verify.py"
CHINESE = {key.removeprefix("verify_"): words for key, words in titles("evidence").items() if key.startswith("verify_")}


def names(sentence: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field}


def test_every_sentence_exists_in_both_languages():
    assert set(CHINESE) == set(verify.ENGLISH)


@pytest.mark.parametrize("key", sorted(verify.ENGLISH))
def test_both_languages_tell_the_same_details(key: str):
    assert names(CHINESE[key]) == names(verify.ENGLISH[key])


def test_verifier_is_written_for_old_interpreters():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 8))

    # Without it `list[str]` in an annotation fails on Python 3.8.
    assert any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in tree.body)


def test_verifier_imports_only_the_standard_library():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert {name.split(".")[0] for name in imported} <= sys.stdlib_module_names


def test_verifier_runs_without_the_product(tmp_path):
    copy = tmp_path / "verify.py"
    copy.write_bytes(SOURCE.read_bytes())

    done = subprocess.run([sys.executable, "-I", str(copy)], cwd=tmp_path, capture_output=True, timeout=60)

    assert (done.returncode, b"there is no manifest.json" in done.stdout, done.stderr) == (1, True, b"")


@pytest.mark.parametrize("sentence", ["{nothing}", "{0}", "{", "{name.x.y}", 7])
def test_changed_sentence_stops_nothing(sentence: object):
    finding = verify.Finding("file_extra", {"name": "x"}, is_problem=True)

    assert isinstance(verify.describe(finding, {"file_extra": sentence}), str)  # type: ignore[dict-item]


def test_name_of_a_file_moves_no_cursor():
    finding = verify.Finding("file_extra", {"name": "a\x1b[2Jb"}, is_problem=True)

    assert verify.describe(finding, verify.ENGLISH) == "Not part of the pack: a?[2Jb"
