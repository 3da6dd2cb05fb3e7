"""What the handoff card reads out of the bot's understanding."""

from typing import Any

from helpdesk import clock
from helpdesk.conversations.model import Message, MessageKind, Sender
from helpdesk.handoff.card_parts import candidates_of, details_of, doubt_of, last_turns

TITLES = {"repay_early": "提前还款怎么操作", "overdue_fee": "逾期费用怎么算"}


def said(
    text: str, *, seq: int = 1, sender: Sender = Sender.CUSTOMER, kind: MessageKind = MessageKind.TEXT, **nlu: Any
):
    return Message(
        conversation_id="c", seq=seq, sender=sender, kind=kind, text=text, created_at=clock.now(), nlu=nlu or None
    )


def entity(kind: str, value: object) -> dict[str, object]:
    return {"entity": kind, "value": value, "start": 0, "end": 1}


def test_details_are_named_once_in_the_order_of_being_said():
    first = said("转了5000到工行", entities=[entity("amount", 500_000), entity("bank", "工商银行")])
    second = said("是5000，昨天下午", entities=[entity("amount", 500_000), entity("when", "昨天下午")])

    found = details_of([first, second])

    assert [(one["label"], one["value"]) for one in found] == [
        ("金额", "5000"),
        ("银行", "工商银行"),
        ("时间", "昨天下午"),
    ]
    assert found[0]["message"] == first.id


def test_telephone_numbers_among_the_details_are_hidden():
    assert details_of([said("对方13812345678", entities=[entity("phone", "13812345678")])])[0]["value"] == "138****5678"


def test_sums_are_shown_in_yuan_without_idle_zeros():
    values = [d["value"] for d in details_of([said("x", entities=[entity("amount", n) for n in (1, 150, 10_000)])])]

    assert values == ["0.01", "1.5", "100"]


def test_nonsense_in_the_understanding_is_passed_over():
    odd = [None, "x", 3, {"entity": "amount"}, {"entity": "unheard_of", "value": "x"}, {"value": "y"}]

    assert details_of([said("x", entities=odd), said("y", entities="none"), said("z")]) == []


def test_turns_hold_both_sides_but_no_events():
    messages = [
        said("怎么还", seq=1),
        said("这样还", seq=2, sender=Sender.BOT, kind=MessageKind.ANSWER),
        said("已转人工", seq=3, sender=Sender.SYSTEM, kind=MessageKind.EVENT),
    ]

    assert last_turns(messages) == [{"sender": "customer", "text": "怎么还"}, {"sender": "bot", "text": "这样还"}]


def test_only_the_last_six_turns_are_shown():
    assert [turn["text"] for turn in last_turns([said(str(n), seq=n) for n in range(1, 10)])] == list("456789")


def test_doubt_is_the_last_message_that_the_bot_was_unsure_about():
    sure = said("提前还款", decision="answer", candidates=[{"article": "repay_early", "score": 0.9}])
    unsure = said("那个怎么弄", decision="fallback", candidates=[{"article": "overdue_fee", "score": 0.31}])

    doubt = doubt_of([unsure, sure], TITLES)

    assert doubt == {
        "decision": "fallback",
        "text": "那个怎么弄",
        "candidates": [{"id": "overdue_fee", "title": "逾期费用怎么算", "score": 0.31}],
    }
    assert doubt_of([sure], TITLES) is None


def test_candidates_are_articles_in_use_each_once():
    message = said(
        "x",
        candidates=[
            {"article": "repay_early", "score": 0.8},
            {"article": "gone", "score": 0.7},
            {"article": "repay_early", "score": 0.1},
            {"article": None},
            "odd",
        ],
    )

    assert [one["id"] for one in candidates_of(message, TITLES)] == ["repay_early"]
