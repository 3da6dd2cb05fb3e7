"""The rules for approved articles: one correct article, and each rule tripped by one change."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from helpdesk.knowledge.check import check_library, main
from tests.factories import ROOT, write_article

TODAY = date(2026, 11, 22)
QUESTIONS = [f"提前还款怎么操作{number}" for number in "一二三四五六七八九十甲乙丙丁戊"]
BODY = """可以随时在 App 里提前还款，结清后不再产生利息。

1. 打开“还款”页，选择要结清的借款；
2. 核对**金额**，确认后扣款；
3. 有疑问请打 {{PLATFORM_HOTLINE}}，也可以看[征信中心](https://www.pbccrc.org.cn/)的说明。

能否减免费用，以合同载明的贷款机构及其审核结果为准。遇到骗子，马上拨打 110。"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("topics.yml", "groups.yml", "placeholders.yml", "phones.yml", "forbidden.yml"):
        shutil.copy(ROOT / "knowledge" / name, tmp_path / name)
    return tmp_path


def write(folder: Path, article_id: str = "repay_early", **fields: Any) -> Path:
    return write_article(
        folder,
        article_id,
        **{"title": "提前还款", "questions": QUESTIONS, "short": "在还款页操作。", "body": BODY} | fields,
    )


def reasons(folder: Path) -> list[str]:
    return [problem.reason for problem in check_library(folder, TODAY)]


def test_correct_article_passes(folder: Path):
    write(folder)

    assert reasons(folder) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"title": "提" * 21}, "title: longer than 20 characters", id="long title"),
        pytest.param({"short": "还" * 91}, "short: longer than 90 characters", id="long short answer"),
        pytest.param({"body": "还" * 99}, "the answer has 99 characters, not 100 to 600", id="short body"),
        pytest.param({"body": "还" * 601}, "the answer has 601 characters, not 100 to 600", id="long body"),
        pytest.param({"questions": QUESTIONS[:14]}, "questions: fewer than 15", id="few questions"),
        pytest.param(
            {"questions": [*QUESTIONS, "问" * 81]}, f"questions: longer than 80: {'问' * 81}", id="long question"
        ),
        pytest.param({"verify_by": date(2026, 11, 21)}, "verify_by: 2026-11-21 has passed", id="overdue for checking"),
        pytest.param({"body": BODY + "{{MOON}}"}, "unknown placeholder MOON", id="unknown placeholder in the body"),
        pytest.param({"short": "请看 {{MOON}}。"}, "unknown placeholder MOON", id="unknown placeholder in the short"),
        pytest.param({"body": BODY + "请拨打 95588。"}, "the number 95588 is not in phones.yml", id="bank number"),
        pytest.param(
            {"short": "请打 13800138000。"}, "the number 13800138000 is not in phones.yml", id="mobile number"
        ),
        pytest.param(
            {"body": BODY + "电话 010-12345678。"}, "the number 010-12345678 is not in phones.yml", id="landline number"
        ),
        pytest.param(
            {"body": BODY + "[点这里](https://evil.example/x)"},
            "the site evil.example is not in phones.yml",
            id="unknown site",
        ),
        pytest.param(
            {"body": BODY + "我们保证追回。"}, "a promise that cannot be kept: 保证追回", id="promise of recovery"
        ),
        pytest.param({"short": "不用还款。"}, "says that a loan need not be repaid: 不用还款", id="no repayment"),
        pytest.param(
            {"body": BODY + "这一定不会影响征信。"},
            "a promise about the credit record: 一定不会影响征信",
            id="promise about the credit record",
        ),
        pytest.param(
            {"body": BODY + "平台可以冻结对方账户。"},
            "the platform cannot freeze other people's accounts: 平台可以冻结对方",
            id="freezing other people's accounts",
        ),
        pytest.param({"body": BODY + "请提供验证码。"}, "asks for a secret: 请提供验证码", id="asks for a code"),
        pytest.param(
            {"body": BODY + "可以输错三次密码锁卡。"},
            "folk remedy that delays the report to the police: 输错三次密码锁",
            id="folk remedy",
        ),
        pytest.param({"body": BODY + "您太大意了。"}, "blames the customer: 太大意", id="blame"),
        pytest.param({"body": f"# 标题\n\n{BODY}"}, "Markdown that is not permitted: heading_open", id="heading"),
        pytest.param({"body": f"{BODY}\n\n<b>粗</b>"}, "Markdown that is not permitted: html_inline", id="raw HTML"),
        pytest.param(
            {"body": f"{BODY}\n\n![图](https://www.pbccrc.org.cn/x.png)"},
            "Markdown that is not permitted: image",
            id="image",
        ),
        pytest.param({"body": f"{BODY}\n\n    x = 1"}, "Markdown that is not permitted: code_block", id="code"),
    ],
)
def test_article_against_a_rule_is_refused(folder: Path, fields: dict[str, Any], reason: str):
    write(folder, **fields)

    assert reason in reasons(folder)


@pytest.mark.parametrize(
    "sentence",
    [
        "我们不能保证追回。",
        "没有不用还款这回事。",
        "不要告诉任何人验证码。",
        "2024年4月1日起，超过 3000 元的 24% 部分按第 677 条处理。",
        "可以拨打 12378 或 96110。",
    ],
    ids=["denied promise", "denied relief", "warning", "years, money and law", "approved numbers"],
)
def test_permitted_wording_passes(folder: Path, sentence: str):
    write(folder, body=BODY + sentence)

    assert reasons(folder) == []


def test_a_question_belongs_to_one_article(folder: Path):
    write(folder)
    write(folder, "repay_late", questions=[*QUESTIONS[:1], *(f"逾期了怎么办{q[-1]}" for q in QUESTIONS)])

    assert reasons(folder) == [f"questions: also in repay_early: {QUESTIONS[0]}"]


def test_a_question_occurs_once_in_its_article(folder: Path):
    write(folder, questions=[*QUESTIONS, QUESTIONS[0]])

    assert f"questions: also in repay_early: {QUESTIONS[0]}" in reasons(folder)


def test_what_is_said_after_the_last_day_is_checked_too(folder: Path):
    write(folder, expires_on=date(2027, 1, 1), expired="我们保证退款。")

    assert reasons(folder) == ["a promise that cannot be kept: 保证退款"]


def test_a_broken_library_is_told_by_the_command(folder: Path, capsys: pytest.CaptureFixture[str]):
    path = write(folder, handoff="maybe")

    status = main([str(folder)])

    assert status == 1
    assert capsys.readouterr().out.startswith(f"{path}:")


def test_a_library_in_order_passes_the_command(folder: Path, capsys: pytest.CaptureFixture[str]):
    write(folder, verify_by=date.max)

    status = main([str(folder)])

    assert status == 0
    assert capsys.readouterr().out == "1 articles are in order\n"


def test_the_articles_in_service_are_in_order():
    assert check_library(ROOT / "knowledge", date.min) == []
