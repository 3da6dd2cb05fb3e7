"""The table of what a victim is told, as the bot says it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.importer import KnowledgeImporter
from bot.nlu.normalise import normalise
from bot.triage import BrokenTriageError, load_states, stop_loss_responses
from tests.nlu.lexicon import rules

ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "texts" / "triage.yml"
STATES = load_states(TABLE)
QUESTION = {"text": "现在能换一部手机吗？", "fills": ["other_phone"]}
STEP = {"id": "police", "title": "拨打 110", "detail": "请求紧急止付。", "call": "110"}


def table(**changes: Any) -> dict[str, Any]:
    """Give a table which is good but for the changes to its one state."""
    state = {"first": "请先停下。现在能换一部手机吗？", "question": "other_phone", "steps": [STEP], **changes}
    return {"states": {"paid": state}, "questions": {"other_phone": QUESTION}}


def write(folder: Path, content: Any) -> Path:
    path = folder / "triage.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    return path


def importer(path: Path) -> KnowledgeImporter:
    return KnowledgeImporter(knowledge=str(ROOT / "knowledge"), triage=str(path))


async def generate(state: str | None) -> dict[str, Any]:
    """Let Rasa choose among the variations, with the slot as the conversation has it."""
    slot = TextSlot("scam_state", mappings=[], influence_conversation=False)
    tracker = DialogueStateTracker("c", [slot])
    if state is not None:
        tracker.slots["scam_state"].value = state
    responses = {"utter_stop_loss": stop_loss_responses(STATES)}
    reply = await TemplatedNaturalLanguageGenerator(responses).generate("utter_stop_loss", tracker, "gateway")
    assert reply is not None
    return reply


def said(state: str | None) -> dict[str, Any]:
    return asyncio.run(generate(state))


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_own_first_words(state: str) -> None:
    reply = said(state)

    assert reply["text"] == STATES[state]["first"]
    assert reply["custom"] == {"kind": "stop_loss", "state": state, "steps": STATES[state]["steps"]}


@pytest.mark.parametrize("state", [None, "no_such_state"])
def test_an_unknown_state_is_spoken_to_as_one_who_has_paid(state: str | None) -> None:
    reply = said(state)

    assert (reply["text"], reply["custom"]["state"]) == (STATES["paid"]["first"], "paid")


def test_every_state_which_the_cues_can_name_has_words() -> None:
    named = {
        rule["state"]
        for rule in yaml.safe_load((ROOT / "data/lexicon/cues.yml").read_text("utf-8"))["verdicts"]
        if rule.get("state")
    }

    assert named - {"education"} <= STATES.keys()


def test_a_folded_line_leaves_no_space_in_chinese(tmp_path: Path) -> None:
    path = write(tmp_path, table(first="请关掉 WiFi。 打 110。 现在能换一部手机吗？"))

    assert load_states(path)["paid"]["first"] == "请关掉 WiFi。打 110。现在能换一部手机吗？"


def test_the_words_stand_in_one_place() -> None:
    written = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]

    assert "utter_stop_loss" not in written
    assert len(importer(TABLE).get_domain().responses["utter_stop_loss"]) == len(STATES) + 1


@pytest.mark.parametrize(
    "changes",
    [{"first": "请马上停下。现在能换一部手机吗？"}, {"steps": [{**STEP, "title": "打 110"}]}, {"steps": [STEP, {**STEP, "id": "bank"}]}],
    ids=["words", "title of a step", "another step"],
)  # fmt: skip
def test_an_edited_table_changes_the_fingerprint_which_training_compares(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    before = importer(write(tmp_path, table())).get_domain().fingerprint()

    after = importer(write(tmp_path, table(**changes))).get_domain().fingerprint()

    assert after != before


def test_the_same_table_has_the_same_fingerprint(tmp_path: Path) -> None:
    path = write(tmp_path, table())

    assert importer(path).get_domain().fingerprint() == importer(path).get_domain().fingerprint()


def test_the_domain_of_the_table_can_be_merged() -> None:
    merged = Domain.load(str(ROOT / "domain.yml")).merge(importer(TABLE).get_domain())

    assert len(merged.responses["utter_stop_loss"]) == len(STATES) + 1
    assert "utter_stop_loss" in merged.action_names_or_texts


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"first": ""}, "first is missing or not text"),
        ({"first": "{x}现在能换一部手机吗？"}, "first holds a brace"),
        ({"first": "请先停下。"}, "does not end with its question 'other_phone'"),
        ({"question": "nothing"}, "question 'nothing' does not exist"),
        ({"steps": []}, "steps is not a list, or is empty"),
        ({"steps": [{"id": "police", "title": "拨打 110"}]}, "step 1 lacks id, title or detail"),
        ({"steps": [{**STEP, "call": 110}]}, "quote it"),
    ],
    ids=["no words", "brace", "other ending", "no question", "no steps", "half a step", "number"],
)
def test_a_broken_state_stops_the_training_and_is_named(tmp_path: Path, changes: dict[str, Any], reason: str) -> None:
    path = write(tmp_path, table(**changes))

    with pytest.raises(BrokenTriageError) as caught:
        importer(path).get_domain()

    assert str(caught.value).startswith(f"{path}: paid: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "content",
    ["[", "- one", "states: {}", "states: {asking: null}\nquestions: {}", "states: {paid: {first: 1}}\nquestions: {}"],
    ids=["broken YAML", "list", "no questions", "empty state", "number"],
)
def test_what_is_no_table_stops_the_training(tmp_path: Path, content: str) -> None:
    path = tmp_path / "triage.yml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(BrokenTriageError):
        load_states(path)


def test_a_missing_table_stops_the_training(tmp_path: Path) -> None:
    with pytest.raises(BrokenTriageError):
        load_states(tmp_path / "nowhere.yml")


@pytest.mark.parametrize(("intent", "least"), [("report_scam", 100), ("crisis", 80)])
def test_urgent_intents_have_many_different_examples(intent: str, least: int) -> None:
    lines = (ROOT / "data/nlu" / f"{intent}.yml").read_text(encoding="utf-8").splitlines()
    examples = [normalise(line[6:]) for line in lines if line.startswith("    - ")]

    assert len(examples) == len(set(examples)) >= least


def test_no_example_of_a_scam_speaks_of_suicide() -> None:
    lines = (ROOT / "data/nlu/report_scam.yml").read_text(encoding="utf-8").splitlines()
    examples = [line[6:] for line in lines if line.startswith("    - ")]

    assert [text for text in examples if rules().crisis(normalise(text)) in {"C2", "C3"}] == []
