"""Published keys: the site changes them by itself, and what is known goes on while they cannot be read."""

import json
import time
from collections.abc import AsyncIterator
from typing import Any

import jwt
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from jwt.algorithms import ECAlgorithm

from pmd_service.base.settings import Settings, SettingsError
from pmd_service.identity import jwks

from ..base.test_settings import GOOD
from ..site import Api, Site

ME = "/api/auth/me"


class Published:
    """The site's address for its keys, and the keys that it signs with."""

    def __init__(self) -> None:
        self.signing: dict[str, EllipticCurvePrivateKey] = {}
        self.shown: list[dict[str, Any]] = []
        self.status = 200
        self.padding = 0
        self.asked = 0

    def add(self, kid: str, **changes: Any) -> None:
        """A new key, published from now on."""
        self.signing[kid] = generate_private_key(SECP256R1())
        reported = json.loads(ECAlgorithm.to_jwk(self.signing[kid].public_key()))
        self.shown.append(reported | {"kid": kid} | changes)

    def withdraw(self, kid: str) -> None:
        self.shown = [key for key in self.shown if key["kid"] != kid]

    def token(self, sub: str, kid: str | None, *, by: str | None = None) -> str:
        claims = {"sub": sub, "exp": time.time() + 60}
        headers = {} if kid is None else {"kid": kid}
        return jwt.encode(claims, self.signing[by or kid or "a"], algorithm="ES256", headers=headers)

    async def answer(self, _request: web.Request) -> web.Response:
        self.asked += 1
        reported = {"keys": self.shown, "padding": "x" * self.padding}
        return web.json_response(reported, status=self.status, headers={"Location": "/elsewhere"})

    async def answer_elsewhere(self, _request: web.Request) -> web.Response:
        return web.json_response({"keys": self.shown})


@pytest.fixture
async def published() -> AsyncIterator[tuple[Published, str]]:
    keys, app = Published(), web.Application()
    app.router.add_get("/keys", keys.answer)
    app.router.add_get("/elsewhere", keys.answer_elsewhere)
    async with TestServer(app) as server:
        yield keys, str(server.make_url("/keys"))


@pytest.fixture
def settings(settings: Settings, published: tuple[Published, str]) -> Settings:
    return msgspec.structs.replace(settings, jwt_secret_key="", jwt_algorithm="ES256", jwt_jwks_url=published[1])


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next reading: each is allowed when it is wanted."""
    monkeypatch.setattr(jwks, "PAUSE_SECONDS", 0.0)


class Visitor:
    """Somebody who comes with tokens."""

    def __init__(self, api: Api, sub: str) -> None:
        self._api, self.sub = api, sub

    async def status(self, token: str) -> int:
        return (await self._api.call("GET", ME, headers={"Authorization": f"Bearer {token}"})).status


@pytest.fixture
async def keys(published: tuple[Published, str]) -> Published:
    published[0].add("a")
    return published[0]


@pytest.fixture
async def visitor(site: Site, keys: Published, api: Api) -> Visitor:
    return Visitor(api, site.sqid(await site.add_user()))


@pytest.mark.usefixtures("patience")
async def test_a_new_key_is_known_as_soon_as_somebody_comes_with_it(keys: Published, visitor: Visitor) -> None:
    assert await visitor.status(keys.token(visitor.sub, "a")) == 200
    keys.add("b")
    assert await visitor.status(keys.token(visitor.sub, "b")) == 200
    assert await visitor.status(keys.token(visitor.sub, "a")) == 200
    assert await visitor.status(keys.token(visitor.sub, "a", by="b")) == 401


@pytest.mark.usefixtures("patience")
async def test_a_withdrawn_key_and_the_tokens_it_signed_are_refused(keys: Published, visitor: Visitor) -> None:
    old = keys.token(visitor.sub, "a")
    assert await visitor.status(old) == 200
    keys.withdraw("a")
    keys.add("b")
    assert await visitor.status(keys.token(visitor.sub, "b")) == 200  # this has them read
    assert await visitor.status(old) == 401


async def test_unknown_key_ids_fetch_the_jwks_no_more_often_than_allowed(keys: Published, visitor: Visitor) -> None:
    assert await visitor.status(keys.token(visitor.sub, "a")) == 200
    asked = keys.asked
    for number in range(20):
        assert await visitor.status(keys.token(visitor.sub, f"made up {number}", by="a")) == 401
    assert keys.asked == asked


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize(
    ("what", "well", "ill"),
    # Where it leads to need be neither https nor this machine.
    [("status", 200, 500), ("status", 200, 302), ("padding", 0, jwks.MAX_BYTES)],
    ids=["a fault", "elsewhere", "too much"],
)
async def test_while_the_jwks_url_fails_known_keys_work_and_new_ones_retry(
    keys: Published, visitor: Visitor, what: str, well: int, ill: int
) -> None:
    assert await visitor.status(keys.token(visitor.sub, "a")) == 200
    keys.add("b")
    setattr(keys, what, ill)
    assert await visitor.status(keys.token(visitor.sub, "b")) == 503
    assert await visitor.status(keys.token(visitor.sub, "a")) == 200
    setattr(keys, what, well)
    assert await visitor.status(keys.token(visitor.sub, "b")) == 200


async def test_the_jwks_fetch_backs_off_after_failures(published: tuple[Published, str]) -> None:
    keys, url = published
    keys.status = 500
    read = jwks.PublishedKeys(url, "ES256", lambda _keys: None)
    for _ in range(5):
        await read.refresh()
    assert (keys.asked, read.is_unavailable) == (1, True)


@pytest.mark.usefixtures("patience")
async def test_a_token_without_a_key_id_is_valid_with_one_published_key(keys: Published, visitor: Visitor) -> None:
    await visitor.status(keys.token(visitor.sub, "a"))
    assert await visitor.status(keys.token(visitor.sub, None)) == 200
    keys.add("b")
    await visitor.status(keys.token(visitor.sub, "b"))
    assert await visitor.status(keys.token(visitor.sub, None)) == 401


@pytest.mark.usefixtures("patience")
@pytest.mark.parametrize(
    "changes",
    [{"use": "enc"}, {"alg": "ES384"}, {"kty": "oct", "k": "c2VjcmV0"}, {"crv": "P-384"}, {"x": 7}],
    ids=["for encryption", "another algorithm", "a shared key", "another curve", "nonsense"],
)
async def test_keys_that_are_meant_for_something_else_sign_nothing(
    keys: Published, visitor: Visitor, changes: dict[str, Any]
) -> None:
    keys.add("odd", **changes)
    assert await visitor.status(keys.token(visitor.sub, "odd")) == 401
    assert await visitor.status(keys.token(visitor.sub, "a")) == 200


@pytest.mark.parametrize("address", ["http://example.org/keys", "ftp://127.0.0.1/keys", "https:///keys", "/keys"])
def test_keys_come_over_https_or_from_this_machine(address: str) -> None:
    with pytest.raises(SettingsError, match="JWT_JWKS_URL"):
        Settings.from_environment({**GOOD, "JWT_ALGORITHM": "ES256", "JWT_SECRET_KEY": "", "JWT_JWKS_URL": address})


def test_published_keys_are_no_shared_ones_and_need_no_other() -> None:
    only = {**GOOD, "JWT_SECRET_KEY": "", "JWT_JWKS_URL": "https://example.org/keys"}
    with pytest.raises(SettingsError, match="JWT_ALGORITHM"):
        Settings.from_environment(only)
    for address in ("https://example.org/keys", "http://127.0.0.1:8080/keys", "http://localhost/keys"):
        assert (
            Settings.from_environment({**only, "JWT_ALGORITHM": "RS256", "JWT_JWKS_URL": address}).jwt_secret_key == ""
        )
