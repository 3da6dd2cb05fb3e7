"""What a message adds to a scam case: nothing is lost, nothing is told twice."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from helpdesk.cases.fields import ScamFields, Transfer, read_scam_fields
from helpdesk.scams.answers import reader
from helpdesk.scams.cue import Details
from helpdesk.scams.merging import Said, known_of, merge, with_transfer
from helpdesk.scams.table import table
from helpdesk.scams.triage import Cue, decide

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
PAID = Cue(level="P0", state="paid", type="fake_loan_fee")

transfers = st.builds(
    Transfer,
    amount_fen=st.none() | st.sampled_from([100, 200]),
    bank=st.none() | st.sampled_from(["工商银行", "建设银行"]),
    when=st.none() | st.just("昨晚"),
)


def add(known: ScamFields, text: str = "我被骗了", *, cue: Cue | None = None, **details: Any) -> ScamFields:
    triage = decide(known_of(known), cue or Cue(), table())
    said = Said(text=text, at=AT, cue=cue, details=Details(**details))
    return merge(known, said, triage, table=table(), reader=reader())


def test_first_message_gives_state_type_and_transfer():
    known = add(ScamFields(), cue=PAID, amounts=(500_000,), when="昨晚", hours_ago=11.0, banks=("工商银行",))

    assert (known.level, known.state, known.scam_type, known.lending_code) == ("P0", "paid", "fake_loan_fee", "L3")
    assert known.transfers == [Transfer(amount_fen=500_000, when="昨晚", bank="工商银行")]
    assert known.transferred_at == "2026-11-21T21:00:00+00:00"
    assert known.statements == ["我被骗了"]


def test_many_sums_in_one_message_keep_the_largest_and_their_count():
    known = add(ScamFields(), cue=PAID, amounts=tuple(range(1, 51)))

    assert known.transfers == [Transfer(amount_fen=50, mentioned=50)]
    assert known.amount_fen == 50


def test_contradicting_sums_are_both_kept():
    known = add(add(ScamFields(), cue=PAID, amounts=(500_000,)), "是八千", cue=PAID, amounts=(800_000,))

    assert [one.amount_fen for one in known.transfers] == [500_000, 800_000]
    assert known.amount_fen == 800_000


def test_correction_without_a_unit_is_kept_beside_the_first_sum():
    known = add(add(ScamFields(), cue=PAID, amounts=(300_000,)), "不是3000是4500，说错了")

    assert [one.amount_fen for one in known.transfers] == [300_000, 450_000]
    assert known.amount_fen == 450_000


def test_first_sum_may_come_alone_whatever_was_asked():
    known = add(ScamFields(), cue=PAID)

    assert add(known, "三千", amounts=(300_000,)).amount_fen == 300_000
    assert add(known, "我每月工资三千，家里还有老人要养", amounts=(300_000,)).amount_fen is None


def test_sum_which_is_only_wanted_does_not_count_as_paid():
    known = add(ScamFields(), "交了2600，他又要我再交5200", cue=PAID, amounts=(260_000, 520_000))

    assert known.transfers == [Transfer(amount_fen=260_000, mentioned=1)]
    assert add(ScamFields(), "他要我再交5200", cue=PAID, amounts=(520_000,)).amount_fen == 520_000


def test_details_told_one_by_one_complete_one_transfer():
    known = add(ScamFields(), cue=PAID, amounts=(500_000,))
    known = add(known, "工行", banks=("工商银行",))
    known = add(replace(known, asked=["arrival_mode"]), "两小时到账")

    assert known.transfers == [Transfer(amount_fen=500_000, bank="工商银行", arrival_mode="normal")]


def test_sum_that_swindlers_only_ask_for_is_no_transfer():
    known = add(ScamFields(), cue=Cue(level="P0", state="about_to_pay"), amounts=(500_000,))

    assert (known.transfers, known.amount_fen) == ([], 500_000)


def test_sum_in_a_denial_is_no_transfer():
    asked = replace(add(ScamFields(), cue=Cue(level="P0", state="about_to_pay")), asked=["transferred"])

    known = add(asked, "没转，他要我转五千", amounts=(500_000,))

    assert (known.transfers, known.answers) == ([], {"transferred": False})


def test_sum_in_another_matter_replaces_nothing():
    known = add(add(ScamFields(), cue=PAID, amounts=(500_000,)), "我每月工资三千", amounts=(300_000,))

    assert (known.amount_fen, len(known.transfers)) == (500_000, 1)


def test_answer_with_a_sum_counts_although_it_holds_no_cue():
    asked = replace(add(ScamFields(), cue=PAID), asked=["transfer"])

    known = add(asked, "昨晚 五千", amounts=(500_000,), when="昨晚")

    assert known.transfers == [Transfer(amount_fen=500_000, when="昨晚")]


def test_message_about_something_else_changes_nothing():
    known = add(ScamFields(), cue=PAID)

    assert add(known, "你好，有人吗") == known


def test_no_is_an_answer():
    known = add(replace(add(ScamFields(), cue=PAID), asked=["police_called"]), "还没")

    assert known.police_called is False
    assert "police_called" in known_of(known).filled


def test_taken_back_case_keeps_its_level():
    known = add(add(ScamFields(), cue=PAID), "虚惊一场", cue=Cue(state="nothing"))

    assert (known.level, known.state) == ("P0", "nothing")


@given(st.lists(transfers, max_size=8))
def test_no_told_detail_of_a_transfer_is_lost(told: list[Transfer]):
    kept: list[Transfer] = []
    for one in told:
        kept = with_transfer(kept, one)

    assert {one.amount_fen for one in told} <= {one.amount_fen for one in kept} | {None}
    assert {one.bank for one in told} <= {one.bank for one in kept} | {None}


@given(transfers, st.lists(transfers, max_size=4))
def test_transfer_told_again_at_once_adds_nothing(one: Transfer, before: list[Transfer]):
    kept = with_transfer(before, one)

    assert with_transfer(kept, one) == kept


def test_fields_of_earlier_releases_are_read():
    row = {
        "level": "P1",
        "scam_type": "x",
        "state": "paid",
        "amount_fen": 1,
        "transferred_when": "刚才",
        "statements": ["a"],
    }

    known = read_scam_fields(row)

    assert (known.level, known.amount_fen, known.transfers, known.asked) == ("P1", 1, [], [])
    assert add(known, cue=PAID, amounts=(2,)).amount_fen == 2


def test_unknown_fields_of_later_releases_do_not_harm():
    stored = {"level": "P0", "later": 1, "transfers": [{"amount_fen": 5, "later": 2}], "risk_control": None}

    assert read_scam_fields(stored) == ScamFields(level="P0", transfers=[Transfer(amount_fen=5)])
