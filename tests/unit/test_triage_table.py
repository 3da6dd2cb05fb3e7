"""The table of what a victim is told: complete, consistent, and free of what may not be said."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from helpdesk.scams.guidance import danger_words
from helpdesk.scams.table import FOLD
from tests.factories import ROOT

TABLE: dict[str, Any] = yaml.safe_load((ROOT / "texts/triage.yml").read_text(encoding="utf-8"))
STATES: dict[str, Any] = TABLE["states"]
QUESTIONS: dict[str, Any] = TABLE["questions"]
FORBIDDEN = yaml.safe_load((ROOT / "knowledge/forbidden.yml").read_text(encoding="utf-8"))["promises"]
PHONES = set(yaml.safe_load((ROOT / "knowledge/phones.yml").read_text(encoding="utf-8"))["phones"])
RANKED = [
    "in_progress",
    "threatened",
    "about_to_pay",
    "loan_untouched",
    "paid",
    "paid_earlier",
    "someone_else",
    "information_given",
    "loan_in_my_name",
    "account_lent",
    "contacted",
    "asking",
]
SCAM_TYPES = {
    "brushing_rebate",
    "fake_investment",
    "fake_shopping_service",
    "fake_logistics_cs",
    "fake_loan",
    "fake_credit",
    "impersonate_acquaintance",
    "impersonate_authority",
    "romance",
    "game_trade",
    "military_purchase",
    "cyber_extortion",
}
LENDING_CODES = {f"L{number}" for number in range(1, 19)}
LONGEST_FIRST, LONGEST_TITLE, LONGEST_DETAIL, LONGEST_SENTENCE, LONGEST_FOLLOW_UP = 220, 12, 60, 60, 160
NUMBER = re.compile(r"\d{3,}")
QUESTION_MARKS = re.compile(r"[？?]")
# What a victim may not be told beyond what no article may say.
FURTHER = [
    ("arrest", r"(一定|肯定|保证|很快|马上)(会|能|可以)?(抓|立案)"),
    ("freezing", r"(骗子|对方)的?(账户|账号|卡)?(已|已经|会|能)被?冻结|(一定|肯定|保证|很快)(会|能|可以)?冻结"),
    ("money back", r"(?<!不)(?<!帮您)(会|能够|可以|将)(帮您)?(追回|找回|退还|返还)(来|给您|钱)?"),
    ("relief", r"(免息|免除|减免|不会影响征信|不影响征信|从轻|没事的|不会有事)"),
    ("blame", r"(怎么不|早该|应该早|为什么要信|不小心|贪|粗心|大意|糊涂|上当受骗了吧)"),
    ("folk remedies", r"(上门找|拖住对方|套.{0,3}(话|信息)|稳住对方|假装)"),
]


def steps() -> Iterator[tuple[str, dict[str, str]]]:
    for name, state in STATES.items():
        for step in state["steps"]:
            yield name, step


def shown() -> Iterator[tuple[str, str]]:
    """Give every text that a customer may see, with the place where it stands."""
    for name, state in STATES.items():
        yield f"{name}.first", state["first"]
    for name, step in steps():
        yield f"{name}.{step['id']}", f"{step['title']}。{step['detail']}"
    for name, question in QUESTIONS.items():
        yield f"questions.{name}", question["text"]
    for number, line in enumerate(TABLE["acknowledge"]):
        yield f"acknowledge.{number}", line
    for name, kind in TABLE["types"].items():
        yield f"types.{name}", kind["say"]
    for bank in TABLE["banks"]:
        yield f"banks.{bank['id']}", bank["note"]
    yield "second_scam", TABLE["second_scam"]
    for name, text in TABLE["follow_up"].items():
        yield f"follow_up.{name}", text


SHOWN = dict(shown())


def promises(text: str) -> list[str]:
    """Return what a text may not say."""
    rules = [(rule["why"], rule["pattern"]) for rule in FORBIDDEN] + FURTHER
    return [f"{why}: {found[0]}" for why, pattern in rules if (found := re.search(pattern, text))]


def test_the_states_stand_in_the_order_of_their_gravity():
    assert list(STATES) == RANKED


@pytest.mark.parametrize("name", RANKED)
def test_a_state_has_all_its_parts(name: str):
    assert set(STATES[name]) == {"title", "level", "first", "question", "steps"}
    assert STATES[name]["level"] in {"P0", "P1", "P2"}
    assert STATES[name]["title"]


@pytest.mark.parametrize("name", RANKED)
def test_the_first_words_end_with_their_only_question(name: str):
    first = STATES[name]["first"]

    assert first.endswith(QUESTIONS[STATES[name]["question"]]["text"])
    assert len(QUESTION_MARKS.findall(first)) == 1
    assert len(first) <= LONGEST_FIRST


@pytest.mark.parametrize("name", RANKED)
def test_every_victim_hears_a_number_to_call(name: str):
    assert "110" in STATES[name]["first"] or name == "account_lent"
    assert any("call" in step for step in STATES[name]["steps"])


def test_the_other_device_comes_first_while_somebody_watches():
    first = STATES["in_progress"]["first"]

    assert first.index("结束屏幕共享") < first.index("110")
    assert STATES["in_progress"]["steps"][0]["id"] == "disconnect"
    assert STATES["in_progress"]["question"] == "other_phone"


@pytest.mark.parametrize("name", RANKED)
def test_a_checklist_is_short_and_each_step_stands_once(name: str):
    ids = [step["id"] for step in STATES[name]["steps"]]

    assert 4 <= len(ids) <= 7
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(("name", "step"), list(steps()))
def test_a_step_fits_its_card(name: str, step: dict[str, str]):
    assert {"id", "title", "detail"} <= set(step) <= {"id", "title", "detail", "call"}
    assert all(isinstance(value, str) and value for value in step.values())
    assert len(step["title"]) <= LONGEST_TITLE
    assert len(step["detail"]) <= LONGEST_DETAIL
    assert step.get("call", "110") in PHONES


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_asks_one_thing_and_says_what_it_fills(name: str):
    question = QUESTIONS[name]

    assert set(question) == {"text", "fills"}
    assert QUESTION_MARKS.findall(question["text"]) == ["？"]
    assert question["text"].endswith("？")
    assert question["fills"]
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", field) for field in question["fills"])


def test_every_state_has_its_order_of_further_questions():
    assert list(TABLE["order"]) == RANKED


@pytest.mark.parametrize("name", RANKED)
def test_further_questions_exist_and_repeat_nothing(name: str):
    asked = [STATES[name]["question"], *TABLE["order"][name]]

    assert set(asked) <= set(QUESTIONS)
    assert len(asked) == len(set(asked))


def test_every_question_is_asked_somewhere():
    asked = {state["question"] for state in STATES.values()} | {q for line in TABLE["order"].values() for q in line}

    assert asked == set(QUESTIONS)


def test_every_kind_of_scam_has_a_title_and_one_sentence():
    assert set(TABLE["types"]) == SCAM_TYPES | LENDING_CODES
    for kind in TABLE["types"].values():
        assert set(kind) == {"title", "say"}
        assert re.fullmatch(r"[^。？！]+。", kind["say"])
        assert len(kind["say"]) <= LONGEST_SENTENCE


def test_banks_are_told_apart():
    ids = [bank["id"] for bank in TABLE["banks"]]
    names = [name for bank in TABLE["banks"] for name in bank["names"]]
    calls = [bank["call"] for bank in TABLE["banks"]]

    assert all(set(bank) == {"id", "names", "title", "call", "note"} for bank in TABLE["banks"])
    assert len(ids) == len(set(ids))
    assert len(names) == len(set(names))
    assert len(calls) == len(set(calls))
    assert all(re.fullmatch(r"95\d{3}", call) for call in calls)


def test_what_is_said_later_is_short_and_asks_nothing():
    assert 2 <= len(TABLE["acknowledge"]) <= 3
    assert set(TABLE["follow_up"]) == {"hours_24", "hours_72"}
    later = [*TABLE["acknowledge"], *TABLE["follow_up"].values(), TABLE["second_scam"]]
    assert [text for text in later if QUESTION_MARKS.search(text) or len(text) > LONGEST_FOLLOW_UP] == []


@pytest.mark.parametrize("place", SHOWN)
def test_nothing_is_promised_and_nobody_blamed(place: str):
    assert promises(SHOWN[place]) == []


@pytest.mark.parametrize(
    "text",
    [
        "我们保证追回。",
        "钱可以追回来。",
        "警方一定会立案。",
        "对方账户已被冻结。",
        "这笔贷款不用还款。",
        "您这次不会影响征信。",
        "您太大意了。",
        "请提供验证码。",
        "先稳住对方。",
        "主动说明会从轻。",
    ],
)
def test_a_forbidden_sentence_would_be_noticed(text: str):
    assert promises(text)


@pytest.mark.parametrize("place", SHOWN)
def test_only_approved_numbers_are_shown(place: str):
    assert set(NUMBER.findall(SHOWN[place])) <= PHONES


@pytest.mark.parametrize("place", SHOWN)
def test_braces_and_markup_are_not_used(place: str):
    assert re.search(r"[{}<>*`]|https?:", SHOWN[place]) is None


def test_words_for_danger_are_the_same_before_and_after_a_handoff():
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))

    (said,) = [response["text"] for response in domain["responses"]["utter_crisis"]]

    assert FOLD.sub("", said.strip()) == danger_words()
