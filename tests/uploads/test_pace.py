"""Receiving: a body that does not keep its pace ends, and nobody starves while others drip."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack
from types import SimpleNamespace

import pytest
from aiohttp.test_utils import TestServer

from pmd_service.http import limits
from pmd_service.http.errors import ProblemError
from pmd_service.http.limits import MIN_BYTES_PER_SECOND, SILENT_SECONDS, Pace
from pmd_service.uploads import bodies
from pmd_service.uploads.bodies import BODY_SLOTS, MAX_BODIES, MAX_BODIES_OF_USER, BodySlots

from ..hang import HANG_SECONDS
from ..site import Answer, Site
from .sender import Sender, announced

_FORM = (
    "POST /api/pmd/uploads/form HTTP/1.1\r\nHost: makapix.club\r\nContent-Length: 5000000\r\n{headers}\r\n"
    "Content-Type: multipart/form-data; boundary=b\r\n\r\n"
    '--b\r\nContent-Disposition: form-data; name="files[]"; filename="a.png"\r\n\r\n'
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The clock by which a pace goes; ``seconds`` is what it shows."""
    reported = SimpleNamespace(seconds=0.0)
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: reported.seconds))
    return reported


async def chunks(pace: Pace, clock: SimpleNamespace, size: int, seconds: float, most: int) -> int:
    """How many chunks come, one each so many seconds, before the pace is not kept."""

    async def read() -> bytes:
        clock.seconds += seconds
        return bytes(size)

    for number in range(most):
        try:
            await pace.keep(read)
        except TimeoutError:
            return number
    return most


async def test_a_dripping_body_is_ended_and_a_slow_connection_is_not(
    clock: SimpleNamespace,
) -> None:
    # One more than the clock allows: what is read here takes no time of the loop's.
    assert await chunks(Pace(), clock, 1, 20, most=1000) <= SILENT_SECONDS / 20 + 1
    assert await chunks(Pace(), clock, 2 * MIN_BYTES_PER_SECOND, 1, most=1000) == 1000
    assert await chunks(Pace(), clock, MIN_BYTES_PER_SECOND // 2, 1, most=1000) == 2 * SILENT_SECONDS


async def test_much_that_came_at_once_buys_no_silence_beyond_the_usual(clock: SimpleNamespace) -> None:
    pace = Pace()
    await chunks(pace, clock, 1 << 30, 0, most=5)
    assert pace.left == SILENT_SECONDS


async def test_a_pace_that_is_ended_reads_no_more_also_what_it_waits_for() -> None:
    pace, reading = Pace(), asyncio.Event()

    async def read() -> bytes:
        reading.set()
        await asyncio.Event().wait()
        return b""

    task = asyncio.create_task(pace.keep(read))
    await reading.wait()
    pace.end()
    with pytest.raises(TimeoutError):
        await task
    with pytest.raises(TimeoutError):
        await pace.keep(read)


def test_the_user_with_the_most_slots_yields_the_slowest() -> None:
    places = BodySlots()
    held = [places.slot(user) for user in range(3) for _ in range(MAX_BODIES_OF_USER)]
    paces = [place.__enter__() for place in held]
    assert len(paces) == MAX_BODIES
    paces[20].left = 1
    others = [places.slot(3) for _ in range(1 + MAX_BODIES_OF_USER // 2)]
    others[0].__enter__()
    assert [number for number, pace in enumerate(paces) if pace.is_ended] == [0], "of the first of those who have most"
    for other in others[1:]:
        other.__enter__()
    assert paces[20].is_ended, "the slowest of its user's"
    ended = [sum(pace.is_ended for pace in paces[16 * user : 16 * user + 16]) for user in range(3)]
    assert ended == [3, 3, 3]
    assert places.count == MAX_BODIES
    for place in held + others:
        place.__exit__(None, None, None)


def test_a_user_has_a_maximum_of_slots_though_others_are_free() -> None:
    places = BodySlots()
    with ExitStack() as held:
        for _ in range(MAX_BODIES_OF_USER):
            held.enter_context(places.slot(0))
        with pytest.raises(ProblemError, match="Too many files"):
            held.enter_context(places.slot(0))
        held.enter_context(places.slot(1))


def test_no_slot_is_preempted_from_a_user_with_no_more_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BODIES", 2)
    places = BodySlots()
    with places.slot(1) as one, places.slot(2) as two:
        with pytest.raises(ProblemError) as refused, places.slot(3):
            pytest.fail("there is none")
        assert refused.value.problem.status == 503
        assert not (one.is_ended or two.is_ended)
    assert not places._slots, "nothing is kept of who has gone"


async def stalled(data: bytes, sent: asyncio.Event) -> AsyncIterator[bytes]:
    yield data
    sent.set()
    await asyncio.Event().wait()


async def test_a_dripping_client_yields_and_resumes_at_its_offset(
    sender: Sender, site: Site, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "MAX_BODIES", 2)
    lines = (await sender.announce(announced("a.png", b"a" * 100), announced("b.png", b"b" * 100))).json["files"]
    holding = []
    async with asyncio.timeout(HANG_SECONDS):
        for line in lines:
            sent = asyncio.Event()
            holding.append(asyncio.create_task(sender.patch(line["url"], stalled(b"a" * 10, sent))))
            await sent.wait()
        while server.app[BODY_SLOTS].count < 2:
            await asyncio.sleep(0)
        other = Sender(sender.api, await site.add_user("other"))
        url = (await other.announce(announced("c.png", b"c" * 100))).json["files"][0]["url"]
        assert (await other.patch(url, b"c" * 100)).status == 204
        (ended,), (going,) = await asyncio.wait(holding, return_when=asyncio.FIRST_COMPLETED)
        answer: Answer = ended.result()
        assert (answer.status, int(answer.headers["Upload-Offset"]) <= 10) == (204, True)
        going.cancel()


async def test_a_body_that_stops_coming_ends_whether_by_tus_or_by_a_form(
    sender: Sender, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (line,) = (await sender.announce(announced("a.png", b"a" * 100))).json["files"]
    monkeypatch.setattr(limits, "SILENT_SECONDS", 0.05)
    async with asyncio.timeout(HANG_SECONDS):
        answer = await sender.patch(line["url"], stalled(b"a" * 10, asyncio.Event()))
        assert answer.status == 204
        headers = "\r\n".join(f"{name}: {value}" for name, value in sender.api.sign(sender.user).items())
        reader, writer = await asyncio.open_connection(server.host, server.port)
        writer.write(_FORM.format(headers=headers).encode() + bytes(1000))
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()
