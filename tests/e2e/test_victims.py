"""Victims of all kinds talk to the real bot: the loss is stopped first, nothing is promised, nothing asked twice."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import yaml

from tests.e2e.stack import ROOT, Stack
from tests.e2e.victims.judging import problems, transcript
from tests.e2e.victims.playing import Play, Reply, Turn, play_all
from tests.e2e.victims.script import CUES, MILD_STATES, SITUATIONS, Line, Script, all_scripts

SCRIPTS = all_scripts()
LEAST, SHORTEST, LONGEST = 66, 2, 8
TABLE = yaml.safe_load((ROOT / "texts/triage.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Processes of their own: the queue fills with victims, which other tests do not expect."""
    stack = Stack(tmp_path_factory.mktemp("victims"))
    stack.prepare()
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


@pytest.fixture(scope="module")
def plays(stack: Stack, request: pytest.FixtureRequest) -> dict[str, Play]:
    """The conversations of the chosen tests, all played at once."""
    chosen = {item.callspec.params["script"].id for item in request.session.items if _is_played(item)}
    # In a thread of its own: the browser's tests leave a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        played = thread.submit(
            asyncio.run, play_all(stack, [script for script in SCRIPTS if script.id in chosen])
        ).result()
    return {play.script.id: play for play in played}


def _is_played(item: pytest.Item) -> bool:
    callspec = getattr(item, "callspec", None)
    return callspec is not None and isinstance(callspec.params.get("script"), Script)


@pytest.mark.processes
@pytest.mark.parametrize("script", SCRIPTS, ids=[script.id for script in SCRIPTS])
def test_a_victim_is_helped(script: Script, plays: dict[str, Play]) -> None:
    play = plays[script.id]

    found = problems(play)

    assert found == [], "\n".join([*found, "", transcript(play)])


def test_there_are_enough_scripts_and_each_is_its_own() -> None:
    assert len(SCRIPTS) >= LEAST
    assert len({script.id for script in SCRIPTS}) == len(SCRIPTS)
    assert len({script.lines for script in SCRIPTS}) == len(SCRIPTS)


def test_every_kind_of_scam_is_told_of() -> None:
    assert {script.type for script in SCRIPTS} == set(TABLE["types"])


def test_every_state_is_told_of() -> None:
    assert {state for script in SCRIPTS for state in script.states} >= set(TABLE["states"])


def test_victims_turn_up_in_every_situation() -> None:
    assert {script.situation for script in SCRIPTS} == set(SITUATIONS)


@pytest.mark.parametrize("script", SCRIPTS, ids=[f"data-{script.id}" for script in SCRIPTS])
def test_a_script_is_well_formed(script: Script) -> None:
    assert len(script.lines) <= LONGEST
    assert len(script.lines) >= SHORTEST or script.id.startswith("silence_")
    assert {line.cue for line in script.lines} <= {*CUES, None}
    assert any(line.cue for line in script.lines) or None in script.states
    assert {state for script in [script] for state in script.states} <= {*TABLE["states"], "nothing", None}


# The judge itself: each fault is planted in a conversation which has none.
def _reply(text: str, *, kind: str = "text", sender: str = "bot", **more: object) -> Reply:
    return Reply(sender=sender, kind=kind, text=text, said=text, **more)  # type: ignore[arg-type]  # passed through


FIRST = _reply(TABLE["states"]["paid"]["first"], kind="stop_loss")
QUEUED = _reply("已为您紧急转接人工。", kind="event", sender="system", event="queued")
GOOD = Play(
    script=Script(
        id="good",
        type="fake_loan",
        situation="first_message",
        states=("paid",),
        levels=("P0",),
        lines=(Line(say="刚转了钱", cue="urgent"), Line(say="招行，打了13800000000")),
        amounts=(500_000,),
    ),
    turns=(
        Turn(line=Line(say="刚转了钱", cue="urgent"), replies=(FIRST, QUEUED), owner_before="bot", owner="queued"),
        Turn(
            line=Line(say="招行，打了13800000000"),
            replies=(_reply("收到。您报过警了吗？", sender="system"),),
            owner_before="queued",
            owner="queued",
        ),
    ),
    case={"state": "paid", "level": "P0", "amount_fen": 500_000, "transfers": []},
)


def _with(*replies: Reply) -> Play:
    """The good conversation with other replies to its second message."""
    return replace(GOOD, turns=(GOOD.turns[0], replace(GOOD.turns[1], replies=replies)))


def _opened_by(*replies: Reply) -> Play:
    """The good conversation with other replies to its first message."""
    return replace(GOOD, turns=(replace(GOOD.turns[0], replies=replies), GOOD.turns[1]))


def test_a_good_conversation_is_found_good() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("play", "problem"),
    [
        (_opened_by(), "first words"),
        (_opened_by(QUEUED, FIRST), "first words"),
        (_opened_by(_reply("请说说发生了什么。")), "first words"),
        (_opened_by(_reply("您好。", kind="stop_loss")), "first words"),
        (_with(_reply("放心，您的钱一定能追回。")), "forbidden"),
        (_with(_reply("三天内就能到账。")), "forbidden"),
        (_with(_reply("骗子的账户已被冻结。")), "forbidden"),
        (_with(_reply("这笔贷款不用还了。")), "forbidden"),
        (_with(_reply("您的征信不会受影响。")), "forbidden"),
        (_with(_reply("警方一定会立案。")), "forbidden"),
        (_with(_reply("您怎么会相信这种话。")), "forbidden"),
        (_with(_reply("您不会坐牢。")), "forbidden"),
        (_with(_reply("您可以先稳住对方。")), "forbidden"),
        (_with(_reply("我们会联系对方。")), "forbidden"),
        (_with(_reply("好的，已为您解除限制。")), "forbidden"),
        (_with(_reply("用哪家银行、什么时间、转了多少钱？")), "asked 2 times"),
        (_with(_reply("您报过警了吗？银行的官方电话打过了吗？")), "several questions"),
        (_with(_reply("请把验证码发给我。")), "asks for a secret"),
        (_with(_reply("银行卡号是多少？")), "asks for a secret"),
        (_with(_reply("您说的13800000000我记下了。")), "echoed"),
        (replace(GOOD, case=None), "case: none"),
        (replace(GOOD, case={**(GOOD.case or {}), "state": "asking"}), "case: state"),
        (replace(GOOD, case={**(GOOD.case or {}), "level": "P1"}), "case: level"),
        (replace(GOOD, case={**(GOOD.case or {}), "amount_fen": 800_000}), "case: no 5000"),
        (
            replace(GOOD, script=replace(GOOD.script, secrets=("13800000000",)), stored="打了13800000000"),
            "stored",
        ),
        (replace(GOOD, script=replace(GOOD.script, situation="queued")), "situation"),
    ],
)
def test_a_fault_is_found(play: Play, problem: str) -> None:
    found = problems(play)

    assert any(one.startswith(problem) for one in found), found


def test_mild_cues_need_advice_and_a_person_one_tap_away() -> None:
    line = Line(say="这靠谱吗", cue="mild")
    script = replace(GOOD.script, states=tuple(sorted(MILD_STATES)), levels=("P2",), lines=(line,), amounts=())
    advice = _reply("先停一停，拿不准打 96110。", kind="answer")

    def answered(reply: Reply) -> Play:
        turn = Turn(line=line, replies=(reply,), owner_before="bot", owner="bot")
        return replace(GOOD, script=script, turns=(turn,), case=None)

    assert problems(answered(replace(advice, buttons=("转人工",)))) == []
    assert problems(answered(advice)) != []
    assert problems(answered(_reply("抱歉，我没有听明白。", buttons=("转人工",)))) != []


def test_what_the_reviewed_words_say_is_not_forbidden() -> None:
    said = [_reply(state["first"], kind="stop_loss") for state in TABLE["states"].values()]

    found = [problem for reply in said for problem in problems(_opened_by(FIRST, reply))]

    assert [one for one in found if one.startswith("forbidden")] == []
