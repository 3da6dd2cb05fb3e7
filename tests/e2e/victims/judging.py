"""Judges a conversation: what was said first, what may never be said, and what was understood and kept."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from helpdesk.privacy.never_ask import find_forbidden_ask
from tests.e2e.stack import ROOT
from tests.e2e.victims.playing import Play, Reply, Turn

_PERSON = "转人工"
_COMPLAINT, _HARDSHIP = "我来为您登记投诉", "我来为您登记协商申请"
_CRISIS_LINE = "12356"
_WARNING = re.compile("骗|96110|110")
_SENTENCE = re.compile(r"[。！!；;\n]|(?<=[？?])")
_QUOTED = re.compile("“[^”]*”")
_LINK = re.compile(r"https?://[^\s，。）)]+")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")


def problems(play: Play) -> list[str]:
    """Return everything that is wrong with a conversation, in words."""
    return [problem for judge in JUDGES for problem in judge(play)]


def situation_is_real(play: Play) -> Iterator[str]:
    """The cue comes in the situation that the script is about; otherwise the script shows nothing."""
    place = next((number for number, turn in enumerate(play.turns) if turn.line.cue), None)
    if place is None:
        return
    if (play.script.situation == "first_message") != (place == 0) and play.script.situation != "first_message":
        yield "situation: nothing goes before the cue"
    if place and not _is_in(play.script.situation, play.turns[place - 1], play.turns[place]):
        yield f"situation: not {play.script.situation} before the cue"


def _is_in(situation: str, before: Turn, turn: Turn) -> bool:
    said = "".join(reply.text for reply in before.replies)
    if situation == "queued":
        return turn.owner_before == "queued"
    if situation == "complaint_form":
        return _COMPLAINT in said
    if situation == "negotiation_form":
        return _HARDSHIP in said
    if situation == "after_answer":
        return any(reply.kind == "answer" for reply in before.replies)
    return True


def first_words(play: Play) -> Iterator[str]:
    """After a cue the right words come first.

    Stop-loss words for one of the expected states which the customer has read already need not come again.
    """
    expected = tuple(words for name, words in _first_words().items() if name in play.script.states)
    is_told = False
    for number, turn in enumerate(play.turns, start=1):
        was_told, is_told = is_told, is_told or any(reply.text.startswith(expected) for reply in turn.replies)
        if turn.line.cue is None or (turn.line.cue == "urgent" and was_told):
            continue
        # That a secret was hidden is said when the message arrives, before anybody has read it.
        replies = [reply for reply in turn.replies if reply.event != "masked"]
        first = replies[0] if replies else None
        if not _CUES[turn.line.cue](first, turn):
            kind = f"{first.kind}: {first.text[:40]}" if first else "nothing"
            yield f"first words: message {number} ({turn.line.cue}) was answered by {kind}"


def _is_stop_loss(first: Reply | None, _: Turn) -> bool:
    if first is None or first.kind != "stop_loss":
        return False
    return first.text.startswith(tuple(_first_words().values()))


def _is_advice(first: Reply | None, turn: Turn) -> bool:
    if first is None or first.kind not in {"answer", "stop_loss", "text"} or not _WARNING.search(first.said):
        return False
    return turn.owner == "queued" or any(_PERSON in reply.buttons for reply in turn.replies)


def _is_crisis_help(first: Reply | None, _: Turn) -> bool:
    return first is not None and _CRISIS_LINE in first.text and "120" in first.text


_CUES: dict[str, Callable[[Reply | None, Turn], bool]] = {
    "urgent": _is_stop_loss,
    "mild": _is_advice,
    "danger": _is_crisis_help,
}


def nothing_forbidden(play: Play) -> Iterator[str]:
    """Neither promises nor blame, in anything that the bot or the system said."""
    rules = _forbidden()
    for reply in _all_replies(play):
        for what, pattern in rules["everywhere"]:
            if found := pattern.search(reply.said):
                yield f"forbidden ({what}): {found[0]}"
        for sentence in _SENTENCE.split(reply.said):
            plain = _QUOTED.sub("", sentence)
            if rules["told"].search(plain):
                continue
            for what, pattern, unless in rules["sentence"]:
                if pattern.search(plain) and not (unless and unless.search(plain)):
                    yield f"forbidden ({what}): {sentence.strip()}"


def no_question_twice(play: Play) -> Iterator[str]:
    """A question of the table is asked once a conversation, and one question a message."""
    said = "\n".join(reply.text for reply in _all_replies(play))
    for question in _questions():
        if said.count(question) > 1:
            yield f"asked {said.count(question)} times: {question}"
    for reply in _all_replies(play):
        asked = [question for question in _questions() if question in reply.text]
        if len(asked) > 1:
            yield f"several questions at once: {asked}"


def no_secret_asked(play: Play) -> Iterator[str]:
    """Nobody asks for a card number, a password or a code.

    The rule was written for what agents type; articles, which tell of others who ask, have one of their own among
    knowledge/forbidden.yml.
    """
    for reply in _all_replies(play):
        if reply.kind == "answer":
            continue
        for sentence in _SENTENCE.split(reply.text):
            if secret := find_forbidden_ask(sentence):
                yield f"asks for a secret ({secret}): {sentence.strip()}"


def nothing_echoed(play: Play) -> Iterator[str]:
    """No link and no telephone number of the customer's messages is said back."""
    told = "\n".join(turn.line.say for turn in play.turns)
    said = "\n".join(reply.said for reply in _all_replies(play))
    for clue in {*_LINK.findall(told), *_PHONE.findall(told)}:
        if clue in said:
            yield f"echoed: {clue}"


def secrets_hidden(play: Play) -> Iterator[str]:
    """What the customer should not have sent is kept nowhere."""
    for secret in play.script.secrets:
        if secret in play.stored:
            yield f"stored: {secret}"
        if secret not in "\n".join(turn.line.say for turn in play.turns):
            yield f"the script says no such secret: {secret}"


def case_is_right(play: Play) -> Iterator[str]:
    """The scam case has the state and level, and keeps the sums."""
    script, case = play.script, play.case
    if case is None:
        if not script.may_lack_case:
            yield "case: none"
        return
    if case["state"] not in script.states:
        yield f"case: state {case['state']} instead of {script.states}"
    if case["level"] not in script.levels:
        yield f"case: level {case['level']} instead of {script.levels}"
    kept = {case["amount_fen"], *(transfer["amount_fen"] for transfer in case["transfers"])}
    for amount in script.amounts:
        if amount not in kept:
            yield f"case: no {amount / 100:g} yuan among {sorted(sum_ / 100 for sum_ in kept if sum_)}"


JUDGES: tuple[Callable[[Play], Iterator[str]], ...] = (
    situation_is_real,
    first_words,
    nothing_forbidden,
    no_question_twice,
    no_secret_asked,
    nothing_echoed,
    secrets_hidden,
    case_is_right,
)


def transcript(play: Play) -> str:
    """Return the conversation as people read it, for a failed test."""
    lines = []
    for turn in play.turns:
        mark = f" [{turn.line.cue}]" if turn.line.cue else ""
        lines.append(f"customer{mark}: {turn.line.say}")
        lines.append(f"    understood: {_cue(turn.scam)}; owner {turn.owner}")
        lines += [f"{reply.sender} ({reply.kind}): {reply.text}" for reply in turn.replies]
    return "\n".join(lines)


def _cue(scam: dict[str, Any] | None) -> str:
    return " ".join(str(scam.get(name)) for name in ("level", "state", "type", "amount")) if scam else "no scam"


def _all_replies(play: Play) -> Iterator[Reply]:
    for turn in play.turns:
        yield from turn.replies


@cache
def _table() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "texts/triage.yml").read_text(encoding="utf-8")))


@cache
def _questions() -> tuple[str, ...]:
    return tuple(question["text"] for question in _table()["questions"].values())


@cache
def _first_words() -> dict[str, str]:
    """Return how the words of each state begin: their first sentence, for the question at their end may differ."""
    return {name: state["first"].split("。")[0] for name, state in _table()["states"].items()}


@cache
def _forbidden() -> dict[str, Any]:
    own = yaml.safe_load((Path(__file__).parent / "forbidden.yml").read_text(encoding="utf-8"))
    articles = yaml.safe_load((ROOT / "knowledge/forbidden.yml").read_text(encoding="utf-8"))["promises"]
    everywhere = [(one["why"], one["pattern"]) for one in articles] + [
        (one["what"], one["pattern"]) for one in own["blame"]
    ]
    return {
        "told": re.compile(own["told"]),
        "everywhere": [(what, re.compile(pattern)) for what, pattern in everywhere],
        "sentence": [
            (one["what"], re.compile(one["pattern"]), re.compile(one["unless"]) if "unless" in one else None)
            for one in own["promises"]
        ],
    }
