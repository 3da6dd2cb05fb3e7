"""Questions that the bot could not answer, on the page and as a file for a spreadsheet."""

import csv
import io

import pytest

from helpdesk.agents.model import Role
from tests.factories import make_nlu
from tests.fakes import FakeBot, says
from tests.integration.gateway.clients import AgentClient, Customer, Json
from tests.integration.gateway.conftest import SQLITE_ONLY, Gateway, Settle

pytestmark = SQLITE_ONLY


@pytest.fixture
async def senior(gateway: Gateway) -> AgentClient:
    return await gateway.agent("su", Role.SENIOR, name="苏三")


async def ask(customer: Customer, bot: FakeBot, text: str, decision: str = "fallback") -> None:
    """Ask something which the bot decides on so, with one near candidate."""
    candidates = [{"article": "repay_early", "topic": "repayment", "score": 0.31}]
    bot.on(text, says("没听懂", nlu=make_nlu("nlu_fallback", decision=decision, candidates=candidates)))
    sent = await customer.say(text)
    await customer.hear("没听懂", after=sent["seq"])


async def rows(senior: AgentClient) -> list[Json]:
    response = await senior.call("GET", "/unanswered.csv")
    assert response.status == 200
    return list(csv.DictReader(io.StringIO((await response.read()).decode("utf-8-sig"))))


@pytest.mark.parametrize("decision", ["fallback", "clarify"])
async def test_question_without_an_answer_is_listed_with_its_candidates(
    customer: Customer, bot: FakeBot, senior: AgentClient, decision: str
) -> None:
    await ask(customer, bot, "量子利率是啥", decision)

    question = (await senior.get("/unanswered"))["questions"][0]

    assert (question["text"], question["decision"]) == ("量子利率是啥", decision)
    assert [(c["article"], c["title"]) for c in question["candidates"]] == [("repay_early", "提前还款怎么操作")]
    assert question["asked_at"].endswith("+00:00")


async def test_answered_question_is_not_listed(customer: Customer, senior: AgentClient, settled: Settle) -> None:
    await customer.say("你好")
    await settled()

    assert (await senior.get("/unanswered")) == {"questions": []}


async def test_newest_question_comes_first(customer: Customer, bot: FakeBot, senior: AgentClient) -> None:
    for text in ("第一问", "第二问"):
        await ask(customer, bot, text)

    questions = (await senior.get("/unanswered"))["questions"]

    assert [question["text"] for question in questions] == ["第二问", "第一问"]


async def test_file_opens_in_a_spreadsheet_as_utf8(customer: Customer, bot: FakeBot, senior: AgentClient) -> None:
    await ask(customer, bot, '他说"转账",\n快点')

    response = await senior.call("GET", "/unanswered.csv")

    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in response.headers["Content-Disposition"]
    assert (await response.read()).startswith(b"\xef\xbb\xbf")
    assert [(row["text"], row["candidates"]) for row in await rows(senior)] == [('他说"转账",\n快点', "repay_early")]


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|'/c calc'!A0", "＝1+1", "＋1", "－1", "＠SUM(A1)"]


@pytest.mark.parametrize("text", FORMULAS)
async def test_formula_is_harmless_in_the_file(
    customer: Customer, bot: FakeBot, senior: AgentClient, text: str
) -> None:
    await ask(customer, bot, text)

    assert [row["text"] for row in await rows(senior)] == [f"'{text}"]
    assert (await senior.get("/unanswered"))["questions"][0]["text"] == text
