"""What is taken out of a customer's message, and what stays because the case needs it."""

import pytest

from helpdesk.privacy.masking import Secret, mask

CARD, IDENTITY, CODE, PASSWORD = Secret.CARD, Secret.IDENTITY, Secret.CODE, Secret.PASSWORD


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("卡号6222020012345678903转不出", "卡号[银行卡尾号8903]转不出"),
        ("6222 0200 1234 5678 903", "[银行卡尾号8903]"),
        ("622202 0012345678903", "[银行卡尾号8903]"),
        ("4111-1111-1111-1111", "[银行卡尾号1111]"),
        ("４１１１ １１１１ １１１１ １１１１", "[银行卡尾号1111]"),
        ("3782 822463 10005。", "[银行卡尾号0005]。"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "[银行卡尾号1111]"),
        ("转了5000 4111111111111111", "转了5000 [银行卡尾号1111]"),
        ("4111111111111111 13800000000", "[银行卡尾号1111] 13800000000"),
        ("4111.1111.1111.1111", "[银行卡尾号1111]"),
        ("4111/1111/1111/1111。", "[银行卡尾号1111]。"),
        ("4111\n1111\n1111\n1111\n转不出", "[银行卡尾号1111]\n转不出"),
        ("卡 4111 / 1111 / 1111 / 1111", "卡 [银行卡尾号1111]"),
    ],
)
def test_card_keeps_its_last_four_digits(text: str, stored: str):
    masked = mask(text)

    assert (masked.text, masked.secrets) == (stored, (CARD,))


@pytest.mark.parametrize(
    "text",
    [
        "分四次转的4000,8000,5000,5600",
        "192.168.100.200",
        "2026/11/22/10/30/41",
        "1,234,567,890,123.00",
        "4111.1111/1111.1111",
    ],
)
def test_rows_of_sums_dates_and_addresses_are_no_card(text: str):
    assert mask(text).secrets == ()


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-1949-1231-002X",
        "130503670401001",
    ],
)
def test_identity_number_is_hidden(text: str):
    masked = mask(f"身份证{text}，请查")

    assert (masked.text, masked.secrets) == ("身份证[身份证号已隐藏]，请查", (IDENTITY,))


def test_identity_number_is_found_beside_other_digits():
    assert mask("11010519491231002X13800000000").text == "[身份证号已隐藏]13800000000"


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("验证码是 483920", "验证码是 [验证码已隐藏]"),
        ("验证码483 920", "验证码[验证码已隐藏]"),
        ("验证码 4 8 3 9 2 0", "验证码 [验证码已隐藏]"),
        ("验证码\n483920", "验证码\n[验证码已隐藏]"),
        ("验证码四八三九二零", "验证码[验证码已隐藏]"),
        ("【某银行】验证码 483920，请勿泄露", "【某银行】验证码 [验证码已隐藏]，请勿泄露"),
        ("您的动态密码为：４８３９２０，5分钟内有效", "您的动态密码为：[验证码已隐藏]，5分钟内有效"),
        ("483920是您的登录验证码", "[验证码已隐藏]是您的登录验证码"),
        ("483920（动态验证码）", "[验证码已隐藏]（动态验证码）"),
        ("验证码（请勿告知他人）：483920", "验证码（请勿告知他人）：[验证码已隐藏]"),
        ("我把验证码483920告诉他了", "我把验证码[验证码已隐藏]告诉他了"),
        ("验证码告诉他了，是483920", "验证码告诉他了，是[验证码已隐藏]"),
        ("Your verification code is G-483920", "Your verification code is [验证码已隐藏]"),
        ("cvv 123", "cvv [验证码已隐藏]"),
        ("CVV2：1234", "CVV2：[验证码已隐藏]"),
        ("安全码是123", "安全码是[验证码已隐藏]"),
        ("卡背面后三位是 123", "卡背面后三位是 [验证码已隐藏]"),
    ],
)
def test_code_is_hidden_behind_the_word_that_announces_it(text: str, stored: str):
    masked = mask(text)

    assert (masked.text, masked.secrets) == (stored, (CODE,))


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("密码 abc123", "密码 [密码已隐藏]"),
        ("支付密码是 Qwerty!", "支付密码是 [密码已隐藏]"),
        ("登录密码：１２３４５６", "登录密码：[密码已隐藏]"),
        ("取款密码123456", "取款密码[密码已隐藏]"),
        ("password=hunter22", "password=[密码已隐藏]"),
    ],
)
def test_password_is_hidden(text: str, stored: str):
    masked = mask(text)

    assert (masked.text, masked.secrets) == (stored, (PASSWORD,))


def test_all_kinds_in_one_message_are_told():
    masked = mask("卡4111111111111111 身份证11010519491231002X 验证码483920 密码abc123")

    assert masked.text == "卡[银行卡尾号1111] 身份证[身份证号已隐藏] 验证码[验证码已隐藏] 密码[密码已隐藏]"
    assert masked.secrets == (CARD, IDENTITY, CODE, PASSWORD)


@pytest.mark.parametrize(
    "text",
    [
        "转了5000元",
        "先转5000 3000 2000 1500",
        "一共 1234567.89 元",
        "昨天 2026-11-22 18:40 转的",
        "2026-11-22 2026-11-23 2026-11-24",
        "20261122184000",
        "13800000000",
        "138 0000 0000",
        "+86 138 0000 0000",
        "8613800000000",
        "13800000000 5000",
        "86 13800000000 20000",
        "400-000-0000 20000",
        "XB20261122-ABC234",
        "密码忘了 工单XB20261122-ABC234",
        "订单4111111111111112",
        "订单6222020012345678901234567",
        "民法典第677条",
        "编号 483920",
        "483920",
        "打96110没人接",
        "验证码 96110",
        "收到验证码 95588发来的",
        "12345 12378 12363",
        "忘记密码 5000元取不出来",
        "密码告诉他了，5000没了",
        "我把验证码给了他 5000没了",
        "验证码收不到",
        "有人问我要验证码怎么办",
        "忘记密码了怎么改",
        "密码错了5次",
        "验证码等了 2026年都没来",
        "密码页面 https://example.com/123456",
        "密码 13800000000",
        "尾号1234的卡",
        "[银行卡尾号1234]",
        "身份证110105194912310021",
        "1234 4567 7890 2346元",
        "2021 2022 2023 2024",
    ],
)
def test_what_the_case_needs_stays(text: str):
    masked = mask(text)

    assert (masked.text, masked.secrets) == (text, ())
