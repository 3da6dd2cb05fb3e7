"""What a process does without, and that it is told so when it needs it after all."""

from __future__ import annotations

import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from bot.engine import lean_imports

ROOT = Path(__file__).resolve().parents[2]
START = """
import sys
from bot.engine import lean_imports
lean_imports.spare(lean_imports.packages_to_spare(lean_imports.components_of_config("config.yml")))
import rasa.core.agent
import rasa.engine.recipes.default_components
"""


def run(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", START + code], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def test_our_configuration_loads_rasa_without_tensorflow() -> None:
    loaded = run("""
real = [name for name in ("tensorflow", "boto3", "matplotlib") if getattr(sys.modules.get(name), "__file__", None)]
print(real, hasattr(sys.modules["rasa.core.agent"], "Agent"))
""")

    assert loaded == "[] True"


def test_using_what_is_absent_says_so() -> None:
    said = run("""
import tensorflow
try:
    tensorflow.constant(1)
except lean_imports.AbsentPackageError as error:
    print(error)
""")

    assert said == "tensorflow.constant was used in a process that was started without it"


@pytest.mark.parametrize(
    "component", ["DIETClassifier", "TEDPolicy", "rasa.nlu.classifiers.diet_classifier.DIETClassifier"]
)
def test_a_component_that_needs_tensorflow_gets_it(component: str) -> None:
    assert not lean_imports.packages_to_spare(["JiebaTokenizer", component]) & lean_imports.TENSORFLOW


def test_components_of_a_configuration_are_read_whatever_their_form(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text("pipeline:\n- JiebaTokenizer\n- name: DIETClassifier\n  epochs: 1\npolicies:\n", encoding="utf-8")

    assert lean_imports.components_of_config(str(config)) == ["JiebaTokenizer", "DIETClassifier"]


def test_a_model_cut_short_is_refused(tmp_path: Path) -> None:
    whole = max((ROOT / "models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    short = tmp_path / "short.tar.gz"
    short.write_bytes(whole.read_bytes()[:2000])

    assert "RulePolicy" in " ".join(lean_imports.components_of_model(str(whole)))
    with pytest.raises((OSError, tarfile.TarError, KeyError, ValueError, EOFError)):
        lean_imports.components_of_model(str(short))
