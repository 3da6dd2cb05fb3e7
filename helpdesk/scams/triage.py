"""Triage as a pure policy: how grave it is, whether first words are due, what is asked next and who is told.

Levels, states and the order of actions follow the reference on scams: action before question, one question at a time.
"""

from dataclasses import dataclass, field

from helpdesk.scams.table import Question, Table

# Gravest first.
LEVELS = ("P0", "P1", "P2", "P3")
URGENT = frozenset({"P0", "P1"})
# The customer takes back what they said: nothing has happened, or they only want to learn.
CORRECTIONS = frozenset({"education", "nothing"})
# After a day money is rarely on its way still: other words, other questions.
RECENT_HOURS = 24
_PAID, _PAID_EARLIER = "paid", "paid_earlier"
# Known states which "a payment was reported" does not replace: the payment of these is known, or is not the customer's.
_OF_A_KNOWN_LOSS = frozenset({_PAID_EARLIER, "someone_else", "loan_in_my_name", "account_lent"})

_SOMEONE_ELSE = "someone_else"
# What a customer who writes for somebody else goes on to tell of that person, not of themselves.
_OF_THE_OTHER = frozenset({"in_progress", "about_to_pay", "loan_untouched", _PAID, _PAID_EARLIER})

FRAUD_TEAM = "fraud"
_WITHIN_SECONDS = {"P0": 60, "P1": 300}


@dataclass(frozen=True, kw_only=True)
class Cue:
    """What one message says of a scam; money in fen, `hours_ago` is when the money went.

    `is_bare`: it reads like a victim's report, but tells of no payment, sum or time of its own, as answers to our
    questions do ("by online banking").
    """

    level: str | None = None
    type: str | None = None
    state: str | None = None
    amount_fen: int | None = None
    when: str | None = None
    hours_ago: float | None = None
    is_bare: bool = False


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known before the message.

    `spoken` are the states whose first words the customer has read, `asked` the ids of questions they have read and
    `filled` the names of what needs no question.
    """

    level: str | None = None
    state: str | None = None
    spoken: frozenset[str] = field(default_factory=frozenset)
    asked: frozenset[str] = field(default_factory=frozenset)
    filled: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, kw_only=True)
class Told:
    """Which people must hear of it, and how soon (our own target, not a legal one)."""

    team: str
    within_seconds: int


@dataclass(frozen=True, kw_only=True)
class Triage:
    """What follows from a message; `first_words` names the state to speak of, None when nothing new is due."""

    level: str | None
    state: str | None
    first_words: str | None
    question: Question | None
    told: Told | None

    @property
    def is_urgent(self) -> bool:
        """Whether a person must act now; only this opens a case."""
        return self.level in URGENT


def decide(known: Known, cue: Cue, table: Table) -> Triage:
    """Return what follows from `cue`.

    The level never falls. The gravest state counts, unless the customer takes it back: then nothing more is said or
    asked, while the level stays until a person has looked.
    """
    if cue.is_bare and known.state in _OF_A_KNOWN_LOSS:
        cue = Cue()
    told_state = refine(cue)
    level = graver_level(known.level, _level(cue, told_state, table))
    state = told_state
    if known.state == _SOMEONE_ELSE and told_state in _OF_THE_OTHER:
        state = _SOMEONE_ELSE
    elif told_state not in CORRECTIONS:
        state = min((known.state, told_state), key=lambda name: (table.rank(name), name is None))
    is_taken_back = state in CORRECTIONS
    return Triage(
        level=level,
        state=state,
        first_words=None if is_taken_back else _first_words(level, state, known, table),
        question=None if is_taken_back else _next_question(state, known, table),
        told=Told(team=FRAUD_TEAM, within_seconds=_WITHIN_SECONDS[level]) if level in _WITHIN_SECONDS else None,
    )


def refine(cue: Cue) -> str | None:
    """Return the cue's state, with a payment of more than a day ago told apart."""
    is_old = cue.level == "P1" if cue.hours_ago is None else cue.hours_ago > RECENT_HOURS
    return _PAID_EARLIER if cue.state == _PAID and is_old else cue.state


def graver_level(one: str | None, other: str | None) -> str | None:
    """Return the graver of two levels; None is the mildest."""
    return next((level for level in LEVELS if level in (one, other)), None)


def _level(cue: Cue, state: str | None, table: Table) -> str | None:
    if cue.level is not None:
        return cue.level
    return table.states[state].level if state is not None and state in table.states else None


def _first_words(level: str | None, state: str | None, known: Known, table: Table) -> str | None:
    if level not in URGENT:
        return None
    spoken_as = table.spoken_as(state)
    gravest = min((table.rank(name) for name in known.spoken), default=len(table.states))
    return spoken_as if table.rank(spoken_as) < gravest else None


def _next_question(state: str | None, known: Known, table: Table) -> Question | None:
    for question in table.questions_of(table.spoken_as(state)):
        if question.id not in known.asked and not set(question.fills) <= known.filled:
            return question
    return None
