"""Whatever happens at the desk, in whichever order: one owner at a time, nothing lost, nothing said out of turn."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from helpdesk.cases.model import Priority
from helpdesk.conversations.model import Owner
from helpdesk.turns.model import BotReply
from helpdesk.turns.writing import Renderer
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
agents = st.integers(min_value=0, max_value=1)
choices = st.integers(min_value=0, max_value=100)


def owned_by(*owners: Owner) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a rule happen only while one of `owners` has the conversation: most steps shall do something."""
    return precondition(lambda machine: machine.desk.owner in owners)


class Machine(RuleBasedStateMachine):
    """Everything that people and the bot can do."""

    template: ClassVar[Path]
    renderer: ClassVar[Renderer]

    def __init__(self) -> None:
        super().__init__()
        self.desk = Desk(self.template, self.renderer)
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
        self.desk.write_again(f"message-{choice % len(self.desk.accepted)}")

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


@pytest.fixture(scope="module")
def machine(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> type[Machine]:
    Machine.template = sqlite_template
    Machine.renderer = make_renderer(make_knowledge(tmp_path_factory.mktemp("desk") / "knowledge"))
    return Machine


def test_desk_stays_whole_whatever_happens(machine: type[Machine]):
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=20,
            stateful_step_count=30,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
