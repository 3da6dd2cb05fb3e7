"""What lists and cards show of a person."""

import pytest

from helpdesk.privacy.hiding import hidden_identity, hidden_name, hidden_phones


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("张三", "张*"),
        ("张三丰", "张**"),
        ("欧阳修文", "欧**"),
        ("李", "李*"),
        (" 王五 ", "王*"),
        ("Anna Schmidt", "A**"),
        ("", ""),
    ],
)
def test_a_name_keeps_its_first_character(name: str, shown: str):
    assert hidden_name(name) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("打 13812345678 找我", "打 138****5678 找我"),
        ("138-1234-5678", "138-****-5678"),
        ("138 1234 5678", "138 **** 5678"),
        ("号码13812345678。", "号码138****5678。"),
        ("客服 400-123-4567，拨 95588 或 110", "客服 400-123-4567，拨 95588 或 110"),
        ("订单 213812345678901", "订单 213812345678901"),
        ("转了 5000 块", "转了 5000 块"),
    ],
)
def test_only_mobile_numbers_are_hidden_and_every_character_keeps_its_place(text: str, shown: str):
    assert hidden_phones(text) == shown
    assert len(hidden_phones(text)) == len(text)


def test_hiding_twice_changes_nothing():
    once = hidden_phones("13812345678")

    assert hidden_phones(once) == once


@pytest.mark.parametrize(("identity", "shown"), [("user-123456", "****3456"), ("1234", "****"), ("ab", "****")])
def test_an_identity_keeps_its_end_unless_that_is_all_of_it(identity: str, shown: str):
    assert hidden_identity(identity) == shown
