"""Passwords of agents: hashed with Argon2id, long enough, and never kept as they are."""

import pytest

from helpdesk.agents import passwords
from helpdesk.errors import PasswordWeakError

PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def password_hash() -> str:
    return passwords.hash_password(PASSWORD)


def test_the_right_password_matches(password_hash: str):
    assert passwords.matches(password_hash, PASSWORD)


@pytest.mark.parametrize("password", ["", "Correct horse battery", f"{PASSWORD} "], ids=["empty", "case", "space"])
def test_any_other_password_does_not_match(password_hash: str, password: str):
    assert not passwords.matches(password_hash, password)


def test_the_hash_is_argon2id_and_salted(password_hash: str):
    assert password_hash.startswith("$argon2id$")
    assert PASSWORD not in password_hash
    assert passwords.hash_password(PASSWORD) != password_hash


@pytest.mark.parametrize("stored", ["", "plain", "$argon2id$v=19$broken"], ids=["empty", "plain", "cut off"])
def test_a_broken_hash_lets_nobody_in(stored: str):
    assert not passwords.matches(stored, stored)


@pytest.mark.parametrize("new", ["x" * 12, "x" * 256, "十二个汉字也算数的密码啊"], ids=["least", "most", "Chinese"])
def test_a_password_of_permitted_length_passes(new: str):
    passwords.check_strength(new, current=PASSWORD)


@pytest.mark.parametrize(
    "new", ["", "x" * 11, "x" * 257, PASSWORD], ids=["empty", "too short", "too long", "the one in use"]
)
def test_a_weak_password_is_refused_with_the_least_length(new: str):
    with pytest.raises(PasswordWeakError) as refused:
        passwords.check_strength(new, current=PASSWORD)

    assert refused.value.fields == {"least": 12}


def test_one_time_passwords_are_strong_and_differ():
    first, second = passwords.one_time_password(), passwords.one_time_password()

    passwords.check_strength(first, current=second)
