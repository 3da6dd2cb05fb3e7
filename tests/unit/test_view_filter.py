"""Filters are read strictly."""

import pytest

from helpdesk.cases.model import CaseType, Priority
from helpdesk.conversations.model import Owner
from helpdesk.saved_views.errors import FilterInvalidError
from helpdesk.saved_views.filter import ConversationFilter, read_filter

WHOLE = {
    "owner": "queued",
    "agent": "me",
    "team": "mine",
    "priority": "urgent",
    "reason": "scam_p0",
    "topic": "repayment",
    "channel": "web",
    "case_type": "scam",
    "verified": True,
    "waiting_minutes": 15,
}


def test_every_field_is_read_and_written_back():
    read = read_filter(WHOLE)

    assert (read.owner, read.priority, read.case_type) == (Owner.QUEUED, Priority.URGENT, CaseType.SCAM)
    assert read.as_json() == WHOLE
    assert read_filter(read.as_json()) == read


def test_the_strings_of_an_address_mean_the_same():
    assert read_filter({"verified": "false", "waiting_minutes": "15"}) == ConversationFilter(
        verified=False, waiting_minutes=15
    )


def test_what_is_empty_does_not_matter():
    assert read_filter({"owner": "", "agent": None}) == ConversationFilter()


@pytest.mark.parametrize(
    "fields",
    [
        {"owner": "nobody"},
        {"priority": 1},
        {"case_type": "x"},
        {"verified": "yes"},
        {"verified": 1},
        {"waiting_minutes": 0},
        {"waiting_minutes": -5},
        {"waiting_minutes": "1.5"},
        {"waiting_minutes": True},
        {"waiting_minutes": 10**9},
        {"agent": "a b"},
        {"reason": "x'; drop table"},
        {"reason": ["x"]},
        {"unheard_of": "x"},
    ],
    ids=str,
)
def test_what_means_nothing_is_refused(fields: dict[str, object]):
    with pytest.raises(FilterInvalidError) as refused:
        read_filter(fields)

    assert refused.value.fields["field"] in fields
