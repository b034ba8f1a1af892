"""Passwords of links: strangers guess them, drip them and stand in each other's way, or try to."""

import asyncio
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, make_mocked_request
from multidict import CIMultiDict

from pmd_service.base.settings import SETTINGS, Settings
from pmd_service.http import in_flight, limits
from pmd_service.http.addresses import address_of
from pmd_service.http.turns import RUNNING_PER_USER
from pmd_service.sharing import attempts, passwords
from pmd_service.sharing.attempts import FORM_BYTES, MAX_PER_LINK, MAX_PER_NETWORK, Attempts

from ..conftest import Serve
from ..hang import HANG_SECONDS
from ..packs.test_packs import make
from ..site import Api
from .conftest import Shelf

SESAME = "open sesame"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """One minute, in which nothing was tried yet, and passwords that cost nothing."""

    async def compared(password: str, _kept: str) -> bool:
        return password == SESAME

    monkeypatch.setattr(attempts, "is_right", compared)
    monkeypatch.setattr(attempts, "ATTEMPTS", Attempts(lambda: 0.0))


async def guess(shelf: Shelf, link: Any, password: str, *, address: str = "192.0.2.1") -> int:
    answer = await shelf.visit(
        link,
        method="POST",
        data={"password": password},
        headers={"X-Forwarded-For": f"203.0.113.7, {address}"},
        allow_redirects=False,
    )
    return answer.status


@pytest.mark.usefixtures("frozen")
async def test_password_guessing_is_limited_and_blocks_no_one_else(shelf: Shelf) -> None:
    link = await shelf.link(password=SESAME)
    statuses = [await guess(shelf, link, "guess") for _ in range(MAX_PER_NETWORK + 2)]
    assert statuses == [401] * MAX_PER_NETWORK + [429] * 2
    assert await guess(shelf, link, SESAME) == 429
    others = [await guess(shelf, link, SESAME, address="192.0.2.2") for _ in range(MAX_PER_NETWORK + 2)]
    assert others == [303] * (MAX_PER_NETWORK + 2), "a school behind one address, where all know it"
    (listed,) = await shelf.links()
    assert listed["wrong_password_count"] == MAX_PER_NETWORK
    assert listed["first_wrong_password_at"] >= listed["created_at"]


@pytest.mark.usefixtures("frozen")
async def test_password_attempts_are_limited_per_ipv6_network(shelf: Shelf) -> None:
    link = await shelf.link(password=SESAME)
    (fresh,) = await shelf.links()
    assert (fresh["wrong_password_count"], fresh["first_wrong_password_at"]) == (0, None)
    statuses = [await guess(shelf, link, "guess", address=f"2001:db8:1:{n}::1") for n in range(MAX_PER_NETWORK + 2)]
    assert statuses == [401] * MAX_PER_NETWORK + [429] * 2
    assert await guess(shelf, link, SESAME, address="2001:db8:1:ffff:1::") == 429
    assert await guess(shelf, link, SESAME, address="2001:db8:2::1") == 303


def test_password_attempts_are_limited_per_link_and_address() -> None:
    now = 0.0
    counted = Attempts(lambda: now)
    assert [counted.take("a", "1") for _ in range(MAX_PER_NETWORK + 1)] == [True] * MAX_PER_NETWORK + [False]
    assert counted.take("b", "1")
    addresses = [str(number) for number in range(2, MAX_PER_LINK)]
    assert sum(counted.take("a", address) for address in addresses) == MAX_PER_LINK - MAX_PER_NETWORK
    assert counted.take("b", "2")
    counted.release("a", "3")
    assert counted.take("a", "3")
    now = 60.0
    assert counted.take("a", "1")


CLIENTS: list[tuple[str, str | None, str]] = [
    ("127.0.0.1", None, "127.0.0.1"),
    ("127.0.0.1", "203.0.113.7, 192.0.2.1", "192.0.2.1"),
    ("10.1.2.3", "192.0.2.1", "192.0.2.1"),
    ("8.8.8.8", "192.0.2.1", "8.8.8.8"),
    ("::ffff:8.8.8.8", "192.0.2.1", "8.8.8.8"),
    ("", "::ffff:192.0.2.1", "192.0.2.1"),
    ("::1", "2001:db8:1:2:3::4", "2001:db8:1:2::/64"),
    ("fe80::1%eth0", None, "fe80::/64"),
    ("127.0.0.1", "nobody", "127.0.0.1"),
]


def test_client_address_is_the_peers_or_a_local_proxys(settings: Settings, subtests: pytest.Subtests) -> None:
    for peer, forwarded, address in CLIENTS:
        with subtests.test(peer=peer, forwarded=forwarded):
            assert address_of(request_from(settings, peer, forwarded)) == address


def test_only_configured_proxies_set_the_client_address(settings: Settings) -> None:
    named = msgspec.structs.replace(settings, trusted_proxies="10.1.0.0/16,::1")
    found = {
        peer: address_of(request_from(named, peer, "192.0.2.1"))
        for peer in ("10.1.2.3", "::1", "10.2.3.4", "127.0.0.1")
    }
    assert found == {"10.1.2.3": "192.0.2.1", "::1": "192.0.2.1", "10.2.3.4": "10.2.3.4", "127.0.0.1": "127.0.0.1"}
    assert named.proxies is named.proxies, "they are read once, and not for each request"


def request_from(settings: Settings, peer: str, forwarded: str | None) -> web.Request:
    app = web.Application()
    app[SETTINGS] = settings
    headers = CIMultiDict({"X-Forwarded-For": forwarded} if forwarded else {})
    return make_mocked_request("POST", "/p/x", headers=headers, app=app).clone(remote=peer)


@pytest.mark.usefixtures("frozen")
async def test_slow_password_form_delays_no_other_visitor(
    shelf: Shelf, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = await shelf.link(password=SESAME)
    reading = asyncio.Semaphore(0)

    async def read_body(*args: Any, **options: Any) -> bytes:
        reading.release()
        return await limits.read_body(*args, within=2 * HANG_SECONDS, **options)

    monkeypatch.setattr(attempts, "read_body", read_body)
    path = link["url"].removeprefix("https://makapix.club")
    head = f"POST {path} HTTP/1.1\r\nHost: a\r\nContent-Type: {FORM}\r\nContent-Length: 20\r\n\r\npass".encode()
    async with asyncio.timeout(HANG_SECONDS):
        dripping = [await asyncio.open_connection(server.host, server.port) for _ in range(RUNNING_PER_USER)]
        for _, writer in dripping:
            writer.write(head)
        for _ in dripping:
            await reading.acquire()
        assert (await shelf.visit(link)).status == 401
        assert await guess(shelf, link, SESAME) == 303
    for _, writer in dripping:
        writer.close()


async def test_anonymous_connections_are_limited_in_all_and_per_address(
    shelf: Shelf, serve: Serve, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_flight, "USER_MIN", 4)
    few = msgspec.structs.replace(settings, max_connections=32)
    # More than the kernel buffers of what nobody reads.
    rain = await shelf.artist.add("rain.ogg", b"OggS" + bytes(32 << 20), type="audio", file_format="ogg")
    shelf.pack = await make(shelf.api, shelf.artist, [rain])
    await shelf.export()
    server, address = await serve(few), (await shelf.link())["url"].removeprefix("https://makapix.club")
    statuses, ends = [], []
    for number in [1] * 6 + [2] * 5 + [3] * 4 + [4] * 4 + [5]:
        reader, writer = await asyncio.open_connection(server.host, server.port)
        headers = f"Host: a\r\nX-Forwarded-For: 192.0.2.{number}"
        writer.write(f"GET {address}/download HTTP/1.1\r\n{headers}\r\n\r\n".encode())
        statuses.append(int((await reader.readuntil(b"\r\n")).split()[1]))
        ends.append(writer)
        if statuses[-1] == 429:
            await reader.read()  # it occupies no place
    assert statuses[:11] == [200] * 4 + [429] * 2 + [200] * 4 + [429]
    assert statuses[11:] == [200] * 8 + [429], "half of all are strangers'"
    async with Api(server.make_url("/"), few) as api:
        assert (await api.get("/api/auth/me", user=shelf.artist.user)).status == 200
    for writer in ends:
        writer.close()


@pytest.mark.usefixtures("frozen")
async def test_malformed_password_form_is_refused(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    link = await shelf.link(password=SESAME)
    monkeypatch.setattr(attempts, "MAX_PER_NETWORK", 100)
    monkeypatch.setattr(attempts, "ATTEMPTS", Attempts(lambda: 0.0))
    right = f"password={SESAME}".replace(" ", "+").encode()
    # A redirect is not followed: without the cookie, which is for HTTPS alone, the page asks again.
    form: dict[str, Any] = {"method": "POST", "headers": {"Content-Type": FORM}, "allow_redirects": False}
    for body in (
        b"",
        b"password=",
        b"\xff",
        b"password=%FF",
        b"&" * 100,
        right + b"&x=" + b"y" * FORM_BYTES,
        b"a=%00" * 9,
    ):
        assert (await shelf.visit(link, data=body, **form)).status == 401, body[:20]
    assert (await shelf.visit(link, data=right, **form)).status == 303


async def test_share_key_expires_and_fits_one_link_and_password() -> None:
    kept, other = await passwords.hashed("one"), await passwords.hashed("one")
    key = passwords.key_for("code", kept, now=0)
    assert passwords.opens(key, "code", kept, now=passwords.KEY_SECONDS)
    assert not passwords.opens(key, "code", kept, now=passwords.KEY_SECONDS + 1)
    assert not passwords.opens(key, "other", kept, now=0)
    assert not passwords.opens(key, "code", other, now=0)
    for nonsense in ("", "1", "x.y", "9" * 40 + ".y", "²." + key.partition(".")[2], "9.\udcff"):
        assert not passwords.opens(nonsense, "code", kept, now=0)
