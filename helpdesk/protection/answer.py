"""What the host's risk control answers to a request: read strictly, for a customer will be told of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from helpdesk.database import Json

_REFERENCE_LIMIT = 64


class AnswerStatus(Enum):
    """What the host did."""

    HELD = "held"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The host's answer; `actions` are those of the requested ones which it carried out."""

    status: AnswerStatus
    reference: str
    actions: tuple[str, ...]

    def as_json(self) -> Json:
        """Return what is kept of the answer."""
        return {"status": self.status.value, "reference": self.reference, "actions": list(self.actions)}


def parse_answer(answer: Mapping[str, object], *, requested: Sequence[str]) -> Answer:
    """Return a checked answer.

    `held` without `actions` confirms everything that was requested; what was not requested is left out.

    Raises:
        ValueError: A field is missing, too long or of the wrong kind, or `held` comes without a reference.
    """
    # An unknown status raises the ValueError itself.
    status = AnswerStatus(answer.get("status"))
    reference = answer.get("reference")
    if reference is None and status is not AnswerStatus.HELD:
        reference = ""
    if not isinstance(reference, str) or len(reference) > _REFERENCE_LIMIT or not reference.isprintable():
        message = "reference is no short text"
        raise ValueError(message)
    reference = reference.strip()
    if status is not AnswerStatus.HELD:
        return Answer(status=status, reference=reference, actions=())
    if not reference:
        message = "held without a reference"
        raise ValueError(message)
    done = answer.get("actions")
    if done is None:
        done = list(requested)
    if not isinstance(done, list) or not all(isinstance(action, str) for action in done):
        message = "actions is no list of texts"
        raise ValueError(message)
    return Answer(status=status, reference=reference, actions=tuple(a for a in requested if a in done))
