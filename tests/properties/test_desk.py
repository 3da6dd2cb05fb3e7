"""Whatever happens at the desk, in whichever order: one owner at a time, nothing lost, nothing said out of turn."""

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from helpdesk.cases.model import Priority
from helpdesk.conversations.model import Owner
from helpdesk.turns.model import BotReply
from helpdesk.turns.writing import Renderer
from tests.databases import sqlite_url
from tests.factories import make_knowledge, make_scam
from tests.properties.desk import Desk
from tests.properties.desk_invariants import Invariants
from tests.scenes import make_renderer, make_turn

REPLY = BotReply(response="utter_scripted", text="先看合同。")
TURNS = {
    "one reply": make_turn("先看合同。"),
    "two replies": make_turn("先看合同。", "还有问题吗？"),
    "an article": make_turn(article="overdue_fee"),
    "an article for people": make_turn(article="pii_leak"),
    "an urgent article": make_turn(article="victim_stop"),
    "a miss": make_turn("没有听明白。", decision="fallback"),
    "urgent words": make_turn("先停下。", scam=make_scam("P0")),
}
WAYS_TO_GIVE_UP = ["resolved", "follow_up", "return", "requeue"]
# More would only make the steps in which something is decided rarer.
MOST_UNANSWERED = 2
AT_ONCE = ["write", "answer", "fail", "claim", "cancel", "close", "requeue", "take over"]
agents = st.integers(min_value=0, max_value=1)
choices = st.integers(min_value=0, max_value=100)


def owned_by(*owners: Owner) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a rule happen only while one of `owners` has the conversation: most steps shall do something."""
    return precondition(lambda machine: machine.desk.owner in owners)


class Machine(RuleBasedStateMachine):
    """Everything that people and the bot can do."""

    # Makes a database for one example; its own end is somebody else's.
    new_database: ClassVar[Callable[[], str]]
    renderer: ClassVar[Renderer]

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(type(self).new_database(), self.renderer)
        self.rules_of_the_desk = Invariants(self.desk)
        self.steps = 0

    def teardown(self) -> None:
        try:
            self.desk.run(self.rules_of_the_desk.check())
        finally:
            self.desk.leave()

    @invariant()
    def all_is_well(self) -> None:
        self.desk.look()
        self.steps += 1
        # Looking at everything is half the work, and what is wrong stays wrong.
        if self.steps % 4 == 0:
            self.desk.run(self.rules_of_the_desk.check())

    @precondition(lambda self: len(self.desk.accepted) - len(self.desk.finished) < MOST_UNANSWERED)
    @rule()
    def customer_writes(self) -> None:
        self.desk.write()
        self.desk.look()
        if self.desk.can_begin:
            self.desk.begin_turn()

    @precondition(lambda self: self.desk.accepted)
    @rule(choice=choices)
    def customer_writes_again(self, choice: int) -> None:
        client_ids = list(self.desk.accepted)
        self.desk.write_again(client_ids[choice % len(client_ids)])

    @precondition(lambda self: self.desk.can_begin)
    @rule()
    def bot_begins_a_turn(self) -> None:
        self.desk.begin_turn()

    @precondition(lambda self: self.desk.begun)
    @rule(choice=choices, priority=st.sampled_from(Priority))
    def action_asks_for_a_person(self, choice: int, priority: Priority) -> None:
        self.desk.request_by_action(self.desk.begun[choice % len(self.desk.begun)], priority)

    @precondition(lambda self: self.desk.begun)
    @rule(choice=choices, said=st.sampled_from(sorted(TURNS)))
    def bot_answers(self, choice: int, said: str) -> None:
        self.desk.answer(self.desk.begun[choice % len(self.desk.begun)], TURNS[said])

    @precondition(lambda self: self.desk.begun)
    @rule(choice=choices, replies=st.sampled_from([(), (REPLY,)]))
    def bot_fails(self, choice: int, replies: tuple[BotReply, ...]) -> None:
        self.desk.fail(self.desk.begun[choice % len(self.desk.begun)], replies)

    @precondition(lambda self: self.desk.can_annotate)
    @rule(is_urgent=st.booleans())
    def message_is_annotated(self, is_urgent: bool) -> None:
        self.desk.annotate(is_urgent=is_urgent)

    @owned_by(Owner.BOT)
    @rule()
    def customer_asks_for_a_person(self) -> None:
        self.desk.ask_for_person()

    @owned_by(Owner.QUEUED)
    @rule()
    def customer_goes_back_to_the_bot(self) -> None:
        self.desk.cancel()

    @owned_by(Owner.QUEUED)
    @rule()
    def both_agents_claim_at_once(self) -> None:
        self.desk.claim()

    @owned_by(Owner.AGENT)
    @rule()
    def agent_replies(self) -> None:
        self.desk.reply(self.desk.holder)

    @owned_by(Owner.AGENT)
    @rule(how=st.sampled_from(WAYS_TO_GIVE_UP))
    def agent_gives_up(self, how: str) -> None:
        self.desk.give_up(self.desk.holder, how)

    @owned_by(Owner.QUEUED, Owner.AGENT)
    @rule(agent=agents)
    def conversation_is_taken_over(self, agent: int) -> None:
        self.desk.take_over(self.desk.agents[agent])

    @rule(statements=st.integers(min_value=0, max_value=40), choice=choices, said=st.sampled_from(sorted(TURNS)))
    def process_dies_during_a_step(self, statements: int, choice: int, said: str) -> None:
        steps = self.steps_to_die_in(choice, said)
        self.desk.crash_during(steps[choice % len(steps)], statements)
        self.desk.look()
        self.desk.run(self.rules_of_the_desk.check())

    def steps_to_die_in(self, choice: int, said: str) -> list[Callable[[], None]]:
        """Return what somebody could be doing now."""
        desk = self.desk
        steps: list[Callable[[], None]] = []
        if len(desk.accepted) - len(desk.finished) < MOST_UNANSWERED:
            steps.append(desk.write)
        if desk.begun:
            turn = desk.begun[choice % len(desk.begun)]
            steps += [lambda: desk.answer(turn, TURNS[said]), lambda: desk.fail(turn, (REPLY,))]
        if desk.can_annotate:
            steps.append(lambda: desk.annotate(is_urgent=choice % 2 == 0))
        if desk.owner is Owner.BOT:
            steps.append(desk.ask_for_person)
        elif desk.owner is Owner.QUEUED:
            steps += [desk.cancel, lambda: desk.take_over(desk.agents[choice % 2])]
        elif desk.owner is Owner.AGENT:
            steps += [lambda: desk.reply(desk.holder), lambda: desk.give_up(desk.holder, WAYS_TO_GIVE_UP[choice % 4])]
        return steps or [desk.look]

    @precondition(lambda self: len(self.desk.accepted) - len(self.desk.finished) < MOST_UNANSWERED)
    @rule(
        whats=st.lists(st.sampled_from(AT_ONCE), min_size=2, max_size=4),
        choice=choices,
        said=st.sampled_from(sorted(TURNS)),
    )
    def much_happens_at_once(self, whats: list[str], choice: int, said: str) -> None:
        turn = self.desk.begun[choice % len(self.desk.begun)] if self.desk.begun else None
        self.desk.at_once(whats, turn, TURNS[said])
        self.desk.look()
        self.desk.run(self.rules_of_the_desk.check())

    @owned_by(Owner.QUEUED, Owner.AGENT, Owner.CLOSED)
    @precondition(lambda self: self.steps % 3 == 0)
    @rule(agent=agents, what=st.sampled_from(["cancel", "claim", "reply", *WAYS_TO_GIVE_UP]))
    def somebody_tries_out_of_turn(self, agent: int, what: str) -> None:
        if what == "cancel":
            self.desk.cancel()
        elif what == "claim":
            self.desk.claim()
        elif what == "reply":
            self.desk.reply(self.desk.agents[agent])
        else:
            self.desk.give_up(self.desk.agents[agent], what)


def play(new_database: Callable[[], str], folder: Path, *, examples: int) -> None:
    """Play so many times, each time on a database of its own."""

    class OnDatabase(Machine):
        pass

    OnDatabase.new_database = staticmethod(new_database)
    OnDatabase.renderer = make_renderer(make_knowledge(folder / "knowledge"))
    run_state_machine_as_test(
        OnDatabase,
        settings=settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_desk_stays_whole_whatever_happens(sqlite_template: Path, tmp_path: Path):
    numbers = itertools.count()

    def new_database() -> str:
        return sqlite_url(Path(shutil.copy(sqlite_template, tmp_path / f"{next(numbers)}.db")))

    play(new_database, tmp_path, examples=12)
