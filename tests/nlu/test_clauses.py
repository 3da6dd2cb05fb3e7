"""Two questions in one message are told from one question in two clauses."""

from __future__ import annotations

import pytest

from bot.nlu.clauses import Clause, ClauseSplitter
from bot.nlu.normalise import normalise
from tests.nlu.lexicon import read


def split(text: str) -> list[str]:
    return [clause.text for clause in ClauseSplitter(read("clauses.yml")).split(normalise(text))]


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("怎么提前还款 另外征信多久更新", ["怎么提前还款", "征信多久更新"]),
        ("利息太高了还有你们催收打我同事", ["利息太高了", "你们催收打我同事"]),
        ("提前还款怎么操作？征信多久更新？", ["提前还款怎么操作?", "征信多久更新?"]),
        ("怎么还款，以及结清证明怎么开", ["怎么还款", "结清证明怎么开"]),
        ("1.怎么提前还款 2.利息怎么算", ["怎么提前还款", "利息怎么算"]),
        ("第一怎么还款，第二利息怎么算", ["怎么还款", "利息怎么算"]),
        ("我想问一下额度怎么提，还有就是利息能不能少", ["额度怎么提", "利息能不能少"]),
        ("上个月还清了，征信多久更新？顺便问下怎么注销账户", ["上个月还清了 征信多久更新?", "怎么注销账户"]),
    ],
)
def test_two_questions_come_apart(text: str, clauses: list[str]) -> None:
    assert split(text) == clauses


@pytest.mark.parametrize(
    "text",
    [
        "",
        "提前还款怎么操作",
        "我上个月没还款，会上征信吗",
        "还有三期没还能提前还吗",
        "第二天还款会逾期吗",
        "你好 请问怎么注销账户？",
        "在吗？怎么还款",
        "还有吗？还有吗",
        "怎么还？多少钱？多久？去哪？找谁？怎么还呢？多少钱呢？多久呢？",
    ],
)
def test_one_question_stays_whole(text: str) -> None:
    assert split(text) == []


def test_a_clause_says_whether_the_customer_added_it() -> None:
    clauses = ClauseSplitter(read("clauses.yml")).split("怎么还款?征信多久更新 另外怎么注销账户")

    assert clauses == [Clause("怎么还款?", False), Clause("征信多久更新", False), Clause("怎么注销账户", True)]
