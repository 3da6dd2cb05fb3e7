"""First-contact resolution: one pure function over what customers asked and what they said of the outcome.

A *contact* is what one customer asks on one topic at one sitting: messages in one conversation, at most a day apart or
while people have it. It is a *first* contact if no contact of the same customer on the topic ended in the seven days
before it. It is resolved if the customer confirmed that it is, and did not come back on the topic within seven days.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from itertools import pairwise

SITTING = timedelta(days=1)
WINDOW = timedelta(days=7)


class Outcome(Enum):
    """What became of a first contact; all but PENDING are judged."""

    RESOLVED = "resolved"
    # They came back within the window, whatever they had said.
    RETURNED = "returned"
    DENIED = "denied"
    # The window is over without a word.
    UNCONFIRMED = "unconfirmed"
    # The window is still open.
    PENDING = "pending"


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A customer's message on a topic; `owned_by_people`: while it waited for or was with an agent.

    `served`: an agent had the conversation then or within a sitting afterwards.
    """

    contact_id: str
    topic: str
    conversation_id: str
    at: datetime
    owned_by_people: bool = False
    served: bool = False


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A customer's word on whether a matter is solved: what it is about, and when it was given."""

    contact_id: str
    topic: str
    about: datetime
    given: datetime
    solved: bool


@dataclass(frozen=True, kw_only=True)
class FirstContact:
    """A first contact and what became of it by the moment of judging."""

    contact_id: str
    topic: str
    began_at: datetime
    ended_at: datetime
    by_people: bool
    outcome: Outcome


def first_contacts(asks: Iterable[Ask], verdicts: Iterable[Verdict], *, now: datetime) -> list[FirstContact]:
    """Return the first contacts in the order in which they began, as they stand at `now`.

    The order of the input does not matter, and what is dated after `now` is not looked at: judging an earlier moment
    again gives the same, and data that comes late is counted where it belongs at the next judging. Of several verdicts
    on a contact the one given last counts; a verdict is about the latest contact that had begun by then.
    """
    known: dict[tuple[str, str], list[Ask]] = defaultdict(list)
    for ask in asks:
        if ask.at <= now:
            known[ask.contact_id, ask.topic].append(ask)
    said: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.given <= now:
            said[verdict.contact_id, verdict.topic].append(verdict)
    found = [one for key, own in known.items() for one in _judge(_contacts(own), said[key], now)]
    return sorted(found, key=lambda one: (one.began_at, one.contact_id, one.topic))


def _contacts(asks: list[Ask]) -> list[list[Ask]]:
    ordered = sorted(asks, key=lambda ask: (ask.at, ask.conversation_id))
    contacts = [[ordered[0]]]
    for previous, ask in pairwise(ordered):
        goes_on = ask.conversation_id == previous.conversation_id and (
            ask.owned_by_people or ask.at - previous.at <= SITTING
        )
        if goes_on:
            contacts[-1].append(ask)
        else:
            contacts.append([ask])
    return contacts


def _judge(contacts: list[list[Ask]], verdicts: list[Verdict], now: datetime) -> Iterable[FirstContact]:
    words: dict[int, Verdict] = {}
    # Where two were given at the same moment, "not solved" is believed.
    for verdict in sorted(verdicts, key=lambda one: (one.given, not one.solved)):
        begun = [place for place, contact in enumerate(contacts) if contact[0].at <= verdict.about]
        if begun:
            words[begun[-1]] = verdict
    for place, contact in enumerate(contacts):
        began_at, ended_at = contact[0].at, contact[-1].at
        if place > 0 and began_at - contacts[place - 1][-1].at <= WINDOW:
            # A return, counted with the contact before it.
            continue
        comes_back = place + 1 < len(contacts) and contacts[place + 1][0].at - ended_at <= WINDOW
        yield FirstContact(
            contact_id=contact[0].contact_id,
            topic=contact[0].topic,
            began_at=began_at,
            ended_at=ended_at,
            by_people=any(ask.served for ask in contact),
            outcome=_outcome(words.get(place), comes_back=comes_back, is_open=now - ended_at <= WINDOW),
        )


def _outcome(verdict: Verdict | None, *, comes_back: bool, is_open: bool) -> Outcome:
    if verdict is not None and not verdict.solved:
        return Outcome.DENIED
    if comes_back:
        return Outcome.RETURNED
    if is_open:
        return Outcome.PENDING
    return Outcome.RESOLVED if verdict is not None else Outcome.UNCONFIRMED
