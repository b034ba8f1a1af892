"""Tokens: which are believed, and from when to when."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import msgspec
import pytest
from structlog.testing import capture_logs

from pmd_service.base.settings import Settings
from pmd_service.identity import tokens as tokens_module
from pmd_service.identity.tokens import REMEMBERED_TOKENS, Tokens

from ..site import Api, Site

KEY = "a key of more than thirty-two characters"
SETTINGS = Settings(
    database_url="postgresql://localhost/pmd",
    redis_url="redis://localhost",
    base_url="https://makapix.club",
    jwt_secret_key=KEY,
)


def token(**claims: Any) -> str:
    return jwt.encode({"sub": "Uk7c", "exp": time.time() + 60} | claims, KEY)


def raw_token(payload: str) -> str:
    return jwt.api_jws.encode(payload.encode(), KEY)


def read(text: str, **settings: Any) -> Any:
    return Tokens(msgspec.structs.replace(SETTINGS, **settings)).read(text)


def test_issuer_and_audience_are_checked_when_they_are_set() -> None:
    both = {"jwt_issuer": "makapix", "jwt_audience": "pmd"}
    assert read(token(iss="makapix", aud="pmd"), **both)
    assert read(token(iss="makapix", aud=["other", "pmd"]), **both)
    for claims in (
        {"iss": "makapix"},
        {"aud": "pmd"},
        {"iss": "other", "aud": "pmd"},
        {"iss": "makapix", "aud": "o"},
        {},
    ):
        assert read(token(**claims), **both) is None
    assert read(token(iss="anybody", aud="anything"))


def test_a_signature_by_another_key_or_another_algorithm_is_none() -> None:
    claims = {"sub": "Uk7c", "exp": time.time() + 60}
    assert read(jwt.encode(claims, KEY))
    assert read(jwt.encode(claims, KEY[::-1])) is None
    assert read(jwt.encode(claims, KEY * 2, algorithm="HS512"), jwt_secret_key=KEY * 2) is None
    assert read(jwt.encode(claims, "", algorithm="none")) is None


def test_while_the_site_changes_its_key_tokens_of_both_are_believed() -> None:
    claims = {"sub": "Uk7c", "exp": time.time() + 60}
    new = KEY[::-1]
    both = {"jwt_secret_key": new, "jwt_previous_key": KEY}
    assert read(jwt.encode(claims, new), **both)
    assert read(jwt.encode(claims, KEY), **both)
    assert read(jwt.encode(claims, KEY * 2), **both) is None
    assert read(jwt.encode(claims, KEY), jwt_secret_key=new) is None
    assert jwt.decode(
        Tokens(msgspec.structs.replace(SETTINGS, **both)).issue("Uk7c", datetime.now(UTC) + timedelta(hours=1)),
        new,
        algorithms=["HS256"],
    )


def test_clocks_may_differ_by_half_a_minute_but_the_end_is_the_end() -> None:
    now = time.time()
    for name in ("iat", "nbf"):
        assert read(token(**{name: now + 25}))
        assert read(token(**{name: now + 35})) is None
    assert read(token(exp=now - 0.1)) is None


def test_an_end_may_have_a_fraction() -> None:
    claims = read(token(exp=time.time() + 30.5))
    assert claims.exp % 1


def test_a_token_may_end_later_than_any_calendar() -> None:
    for exp in (253_402_300_800, int(time.time()) * 1000, 10**30):
        assert read(token(exp=exp)) is not None


@pytest.mark.parametrize(
    "payload",
    [
        r'{"sub": "\ud800", "exp": 99999999999}',
        '{"sub": "x", "exp": 1%s}' % ("0" * 400),
        '{"sub": "x", "exp": NaN}',
        '{"sub": "x", "exp": "99999999999"}',
        '{"sub": "x", "exp": true}',
        '{"sub": "x", "exp": null}',
        '{"sub": "x", "exp": 99999999999, "nbf": NaN}',
        '{"sub": "x", "exp": 99999999999, "iat": []}',
        '{"sub": 7, "exp": 99999999999}',
        '{"sub": "", "exp": 99999999999}',
        '{"sub": "%s", "exp": 99999999999}' % ("x" * 201),
        "[" * 1500,
        "[]",
        "null",
    ],
)
def test_claims_that_are_none_are_no_fault_of_ours(payload: str) -> None:
    assert read(raw_token(payload)) is None


def test_a_text_that_is_too_long_for_a_token_is_none() -> None:
    assert read(token(more="x" * 3000)) is None


def test_a_remembered_token_ends_when_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens, text, now = Tokens(SETTINGS), token(), time.time()
    assert tokens.read(text) is tokens.read(text)
    monkeypatch.setattr(time, "time", lambda: now + 61)
    assert tokens.read(text) is None


def test_the_token_cache_is_bounded_and_holds_no_invalid_tokens() -> None:
    tokens = Tokens(SETTINGS)
    assert tokens.read("nonsense") is None
    assert not tokens._remembered
    for number in range(REMEMBERED_TOKENS + 5):
        tokens.read(token(jti=str(number)))
    assert len(tokens._remembered) == REMEMBERED_TOKENS


async def test_odd_tokens_open_or_shut_the_api_and_never_break_it(site: Site, api: Api, settings: Settings) -> None:
    sqid = site.sqid(await site.add_user())
    end = (datetime.now(UTC) + timedelta(minutes=1)).timestamp()
    for payload, status in (
        ({"sub": sqid, "exp": 10**12}, 200),
        ({"sub": sqid, "exp": end + 0.5}, 200),
        ({"sub": "\ud800", "exp": end}, 401),
        ({"sub": "x" * 200, "exp": end}, 401),
    ):
        text = jwt.api_jws.encode(json.dumps(payload).encode(), settings.jwt_secret_key)
        answer = await api.call("GET", "/api/auth/me", headers={"Authorization": f"Bearer {text}"})
        assert answer.status == status, answer


def test_a_wrong_signing_key_is_logged_at_a_limited_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens(SETTINGS)
    with capture_logs() as logs:
        for _ in range(100):
            assert tokens.read(jwt.encode({"sub": "Uk7c", "exp": time.time() + 60}, KEY[::-1])) is None
        assert tokens.read("no token at all") is None
        monkeypatch.setattr(tokens_module, "LOG_SECONDS", 0.0)
        assert tokens.read(jwt.encode({"sub": "Uk7c", "exp": time.time() + 60}, KEY[::-1])) is None
    assert [(line["event"], line["count"], line["error"]) for line in logs] == [
        ("tokens_refused", 1, "Signature verification failed"),
        ("tokens_refused", 100, "Signature verification failed"),
    ]
