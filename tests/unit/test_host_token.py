"""The host app's signed token: who it names, and every way in which it does not count."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway.channels.web.identity import verify_host_token
from helpdesk.conversations.sessions import HostIdentity
from helpdesk.errors import TokenInvalidError
from helpdesk.settings import Settings
from tests.factories import make_settings

SECRET = "a shared secret of more than 32 characters"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER_EC_KEY = ec.generate_private_key(ec.SECP256R1())
SIGNERS = {"HS256": SECRET, "RS256": RSA_KEY, "ES256": EC_KEY}


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def claims(**changed: Any) -> dict[str, Any]:
    """Return good claims; times are in seconds from now, None leaves a claim out."""
    wanted = {"sub": "customer-1", "name": "王女士", "aud": "xiaobao", "iat": 0, "exp": 300} | changed
    now = int(time.time())
    times = {name: now + wanted[name] for name in ("iat", "exp", "nbf") if isinstance(wanted.get(name), int)}
    return {name: value for name, value in (wanted | times).items() if value is not None}


def signed_by_hand(algorithm: str, key: bytes | None) -> str:
    """Return a token as an attacker makes it: no library would use a public key as a secret."""
    parts = [json.dumps({"alg": algorithm, "typ": "JWT"}), json.dumps(claims())]
    text = b".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=") for part in parts)
    signature = b"" if key is None else hmac.digest(key, text, hashlib.sha256)
    return (text + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, HOST_APP_SECRET=SECRET)


@pytest.fixture
def rsa_settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, HOST_APP_PUBLIC_KEY=pem(RSA_KEY))


@pytest.fixture
def ec_settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path, HOST_APP_PUBLIC_KEY=pem(EC_KEY))


@pytest.mark.parametrize("algorithm", ["HS256", "RS256", "ES256"])
def test_good_token_names_the_customer(request: pytest.FixtureRequest, algorithm: str):
    fixture = {"HS256": "settings", "RS256": "rsa_settings", "ES256": "ec_settings"}[algorithm]
    token = jwt.encode(claims(), SIGNERS[algorithm], algorithm)

    identity = verify_host_token(token, request.getfixturevalue(fixture))

    assert identity == HostIdentity(subject="customer-1", name="王女士")


@pytest.mark.parametrize("algorithm", ["HS256", "RS256"])
def test_a_secret_and_a_public_key_may_be_in_use_together(tmp_path: Path, algorithm: str):
    both = make_settings(tmp_path, HOST_APP_SECRET=SECRET, HOST_APP_PUBLIC_KEY=pem(RSA_KEY))

    identity = verify_host_token(jwt.encode(claims(), SIGNERS[algorithm], algorithm), both)

    assert identity.subject == "customer-1"


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": "another-app"}, id="other audience"),
        pytest.param({"aud": None}, id="no audience"),
        pytest.param({"exp": None}, id="no expiry"),
        pytest.param({"iat": None}, id="no time of issue"),
        pytest.param({"sub": None}, id="no subject"),
        pytest.param({"sub": ""}, id="empty subject"),
        pytest.param({"sub": 17}, id="subject is a number"),
        pytest.param({"sub": "x" * 129}, id="subject too long"),
        pytest.param({"sub": "a\x00b"}, id="subject with NUL"),
        pytest.param({"sub": "a\ud800"}, id="subject with a lone surrogate"),
        pytest.param({"name": ["王"]}, id="name is a list"),
        pytest.param({"name": "王\x00"}, id="name with NUL"),
        pytest.param({"exp": "soon"}, id="expiry is a text"),
        pytest.param({"exp": "9999999999"}, id="expiry is a number in quotes"),
        pytest.param({"exp": [1]}, id="expiry is a list"),
        pytest.param({"exp": float("inf")}, id="expiry is endless"),
        pytest.param({"iat": [1]}, id="time of issue is a list"),
        pytest.param({"nbf": {}}, id="start is an object"),
        pytest.param({"aud": 1}, id="audience is a number"),
        pytest.param({"exp": -31, "iat": -300}, id="expired"),
        pytest.param({"exp": 601}, id="lives too long"),
        pytest.param({"iat": 60}, id="issued in the future"),
        pytest.param({"nbf": 60}, id="not valid yet"),
    ],
)
def test_token_with_wrong_claims_is_refused(settings: Settings, changed: dict[str, Any]):
    # PyJWT itself would not make such tokens.
    token = jwt.PyJWS().encode(json.dumps(claims(**changed)).encode(), SECRET, "HS256")

    with pytest.raises(TokenInvalidError):
        verify_host_token(token, settings)


def test_a_customer_without_a_name_is_known_all_the_same(settings: Settings):
    identity = verify_host_token(jwt.encode(claims(name=None), SECRET, "HS256"), settings)

    assert identity == HostIdentity(subject="customer-1", name="")


@pytest.mark.parametrize("care", ["elder", "disabled"])
def test_the_host_may_say_who_is_served_first(settings: Settings, care: str):
    token = jwt.encode(claims(care=care), SECRET, "HS256")

    assert verify_host_token(token, settings) == HostIdentity(subject="customer-1", name="王女士", care=care)


@pytest.mark.parametrize("care", ["vip", "", "ELDER", True, 1, ["elder"], {}])
def test_other_claims_of_care_are_refused(settings: Settings, care: object):
    token = jwt.encode(claims(care=care), SECRET, "HS256")

    with pytest.raises(TokenInvalidError):
        verify_host_token(token, settings)


def test_a_long_name_is_cut(settings: Settings):
    identity = verify_host_token(jwt.encode(claims(name="王" * 100), SECRET, "HS256"), settings)

    assert identity.name == "王" * 80


def test_a_clock_that_is_a_little_behind_is_forgiven(settings: Settings):
    token = jwt.encode(claims(iat=20), SECRET, "HS256")

    assert verify_host_token(token, settings).subject == "customer-1"


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda: "", id="nothing"),
        pytest.param(lambda: "a.b.c", id="no token"),
        pytest.param(lambda: "鉴权.令.牌", id="not ASCII"),
        pytest.param(lambda: signed_by_hand("none", None), id="algorithm none"),
        pytest.param(lambda: signed_by_hand("None", None), id="algorithm None"),
        pytest.param(lambda: signed_by_hand("HS256", None), id="no signature"),
        pytest.param(
            lambda: jwt.encode(claims(), "another secret of more than 32 characters", "HS256"), id="other secret"
        ),
        pytest.param(lambda: jwt.encode(claims(), SECRET, "HS256")[:-4] + "AAAA", id="changed signature"),
        pytest.param(lambda: jwt.encode(claims(), RSA_KEY, "RS256"), id="a key that is not in use"),
    ],
)
def test_token_that_the_secret_did_not_sign_is_refused(settings: Settings, forge: Callable[[], str]):
    with pytest.raises(TokenInvalidError):
        verify_host_token(forge(), settings)


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda: signed_by_hand("HS256", pem(RSA_KEY).encode()), id="the public key used as a secret"),
        pytest.param(lambda: signed_by_hand("none", None), id="algorithm none"),
        pytest.param(lambda: jwt.encode(claims(), OTHER_RSA_KEY, "RS256"), id="another RSA key"),
        pytest.param(lambda: jwt.encode(claims(), OTHER_EC_KEY, "ES256"), id="a curve key"),
        pytest.param(lambda: jwt.encode(claims(), RSA_KEY, "PS256"), id="an algorithm that is not agreed"),
    ],
)
def test_token_that_the_rsa_key_did_not_sign_is_refused(rsa_settings: Settings, forge: Callable[[], str]):
    with pytest.raises(TokenInvalidError):
        verify_host_token(forge(), rsa_settings)


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda: signed_by_hand("HS256", pem(EC_KEY).encode()), id="the public key used as a secret"),
        pytest.param(lambda: jwt.encode(claims(), OTHER_EC_KEY, "ES256"), id="another curve key"),
        pytest.param(lambda: jwt.encode(claims(), RSA_KEY, "RS256"), id="an RSA key"),
    ],
)
def test_token_that_the_curve_key_did_not_sign_is_refused(ec_settings: Settings, forge: Callable[[], str]):
    with pytest.raises(TokenInvalidError):
        verify_host_token(forge(), ec_settings)


def test_no_token_counts_while_no_key_is_set(tmp_path: Path):
    with pytest.raises(TokenInvalidError):
        verify_host_token(signed_by_hand("HS256", b""), make_settings(tmp_path))


def test_a_broken_public_key_lets_nobody_in(tmp_path: Path):
    broken = make_settings(tmp_path, HOST_APP_PUBLIC_KEY="-----BEGIN PUBLIC KEY-----\\nbroken")

    with pytest.raises(TokenInvalidError):
        verify_host_token(jwt.encode(claims(), RSA_KEY, "RS256"), broken)
