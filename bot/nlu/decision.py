"""What happens with a message, in one word for the gateway and for evaluations."""

from __future__ import annotations

ANSWER = "answer"
CLARIFY = "clarify"
FALLBACK = "fallback"
FLOW = "flow"
TRIAGE = "triage"
HANDOFF = "handoff"

_DECISIONS = {
    "faq": ANSWER,
    "clarify": CLARIFY,
    "nlu_fallback": FALLBACK,
    "repeated_miss": FALLBACK,
    "missed_again": FALLBACK,
    "out_of_scope": FALLBACK,
    "report_scam": TRIAGE,
    "crisis": TRIAGE,
    "request_human": HANDOFF,
    "angry": HANDOFF,
}


def decision_for(intent: str) -> str:
    """Give the decision which an intent stands for; everything unnamed runs a conversation flow."""
    return _DECISIONS.get(intent, FLOW)
