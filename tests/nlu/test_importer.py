"""Articles as training data, and what stops a training."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.importer import KnowledgeImporter
from bot.knowledge import BrokenArticlesError, load_articles

GOOD = """---
id: {id}
title: {title}
topic: repayment
flow: {flow}
questions:
{questions}
short: 请打{{{{PLATFORM_HOTLINE}}}}。
sources:
  - {{name: 借款合同}}
related: [{related}]
---
{body}
"""


def write(folder: Path, name: str = "repay_one", **fields: str) -> Path:
    """Write an article which is good but for the given fields."""
    values = {
        "id": name,
        "title": f"标题{name}",
        "flow": "null",
        "questions": f"  - 问题{name}\n  - 怎么{name}",
        "related": "",
        "body": "正文",
        **fields,
    }
    group = folder / "repay"
    group.mkdir(parents=True, exist_ok=True)
    (folder / "topics.yml").write_text("repayment: 还款\n", encoding="utf-8")
    (folder / "placeholders.yml").write_text("PLATFORM_HOTLINE: 官方电话\n", encoding="utf-8")
    path = group / f"{name}.md"
    path.write_text(GOOD.format(**values), encoding="utf-8")
    return path


def problem(folder: Path) -> str:
    with pytest.raises(BrokenArticlesError) as caught:
        load_articles(folder)
    return str(caught.value)


def test_questions_and_title_become_examples_of_the_article(tmp_path: Path) -> None:
    write(tmp_path)

    examples = KnowledgeImporter(knowledge=str(tmp_path)).get_nlu_data().intent_examples

    assert [example.get("text") for example in examples] == ["问题repay_one", "怎么repay_one", "标题repay_one"]
    assert {example.get("intent_response_key") for example in examples} == {"faq/repay_one"}


def test_an_article_with_a_flow_trains_the_intent_of_the_flow(tmp_path: Path) -> None:
    write(tmp_path, flow="complain")

    examples = KnowledgeImporter(knowledge=str(tmp_path)).get_nlu_data().intent_examples

    assert {example.get("intent") for example in examples} == {"complain"}


def test_the_short_form_becomes_the_response_with_the_article(tmp_path: Path) -> None:
    write(tmp_path)

    (response,) = KnowledgeImporter(knowledge=str(tmp_path)).get_domain().responses["utter_faq/repay_one"]

    assert response["text"] == "请打官方电话。"
    assert response["custom"] == {"article": "repay_one"}


def test_editing_the_answer_changes_no_training_data(tmp_path: Path) -> None:
    write(tmp_path, body="旧的正文")
    before = KnowledgeImporter(knowledge=str(tmp_path))
    fingerprints = before.get_nlu_data().fingerprint(), before.get_domain().fingerprint()

    write(tmp_path, body="新的正文")
    after = KnowledgeImporter(knowledge=str(tmp_path))

    assert (after.get_nlu_data().fingerprint(), after.get_domain().fingerprint()) == fingerprints


def test_one_rule_answers_all_articles(tmp_path: Path) -> None:
    write(tmp_path)

    (rule,) = KnowledgeImporter(knowledge=str(tmp_path)).get_stories().story_steps

    assert [getattr(event, "action_name", None) for event in rule.events][-1] == "utter_faq"


@pytest.mark.parametrize(
    ("fields", "line", "reason"),
    [
        ({"id": "other"}, 2, "differs from the file name"),
        ({"title": "''"}, 3, "title is missing"),
        ({"flow": "dance"}, 5, "flow 'dance'"),
        ({"questions": "  []"}, 6, "questions is not a list, or is empty"),
        ({"questions": "  - 12345"}, 6, "quote it"),
        ({"questions": "  - no"}, 6, "quote it"),
        ({"questions": '  - "open'}, 7, "not valid YAML"),
        ({"related": "nowhere"}, 12, "'nowhere' does not exist"),
    ],
    ids=["id", "title", "flow", "no questions", "number", "boolean", "broken YAML", "related"],
)
def test_a_broken_article_is_named_with_line_and_reason(
    tmp_path: Path, fields: dict[str, str], line: int, reason: str
) -> None:
    path = write(tmp_path, **fields)

    told = problem(tmp_path)

    assert reason in told
    if "YAML" not in reason:
        assert told.startswith(f"{path}:{line}:")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("topic: repayment", "topic: weather", "topic 'weather' is not in topics.yml"),
        ("  - {name: 借款合同}", "  - {article: '1'}", "has no name"),
        ("sources:\n  - {name: 借款合同}\n", "", "sources is missing or empty"),
        ("---\n正文", "正文", "no front matter"),
    ],
    ids=["topic", "source without name", "no sources", "no fence"],
)
def test_a_broken_part_stops_the_training(tmp_path: Path, old: str, new: str, reason: str) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    assert reason in problem(tmp_path)


def test_a_question_of_two_articles_is_refused(tmp_path: Path) -> None:
    write(tmp_path, "repay_one", questions="  - 同一个问题")
    write(tmp_path, "repay_two", questions="  - 同一个问题")

    assert "belongs to repay_one already" in problem(tmp_path)


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    other = tmp_path / "fee"
    other.mkdir()
    (other / "repay_one.md").write_text(
        (tmp_path / "repay" / "repay_one.md").read_text(encoding="utf-8"), encoding="utf-8"
    )

    assert "is already used by" in problem(tmp_path)


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, "repay_one", flow="dance")
    write(tmp_path, "repay_two", title="''")

    assert len(problem(tmp_path).splitlines()) == 2
