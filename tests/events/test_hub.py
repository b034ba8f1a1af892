"""The hub: which subscriber gets which change, and that none is lost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest

from pmd_service.base.database import Pool
from pmd_service.base.telemetry import SSE_SUBSCRIBERS
from pmd_service.events import hub as hub_module
from pmd_service.events import unanswered
from pmd_service.events.hub import SIGNED_OUT, STREAMS_PER_USER, SUPERSEDED, Hub
from pmd_service.events.subscriber import Subscriber
from pmd_service.events.topic import Key, Topic

from ..hang import HANG_SECONDS


class Thing(msgspec.Struct, frozen=True):
    """The state of something."""

    id: int


class Shelf:
    """A topic's table: things by id with their users; it may refuse to be read for a while."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.things: dict[int, int] = {}
        self.refusals = 0
        self.meanwhile: Callable[[], None] = lambda: None
        self.reads: list[list[int]] = []
        self.asked: list[list[int]] = []

    @property
    def topic(self) -> Topic:
        return Topic(
            kind=self.kind, scopes=("downloads:read",), id_type=int, state=Thing, load=self._load, newest=self._newest
        )

    async def _load(self, _pool: Pool, ids: Collection[int]) -> Mapping[int, Thing]:
        self.reads.append(list(ids))
        if self.refusals:
            self.refusals -= 1
            self.meanwhile()
            raise OSError("not now")
        return {row_id: Thing(row_id) for row_id in ids if row_id in self.things}

    async def _newest(self, _pool: Pool, user_ids: Collection[int]) -> Mapping[int, int]:
        self.asked.append(list(user_ids))
        return {row_id: user for row_id, user in sorted(self.things.items(), reverse=True) if user in user_ids}


class Standing:
    """Who is in good standing."""

    def __init__(self) -> None:
        self.banned: set[int] = set()

    async def __call__(self, _pool: Pool, user_ids: Collection[int]) -> Collection[int]:
        return set(user_ids) - self.banned


class Ended:
    """Which credentials have been ended."""

    def __init__(self) -> None:
        self.ended: set[bytes] = set()

    async def __call__(self, _pool: Pool, credentials: Collection[bytes]) -> Collection[bytes]:
        return self.ended & set(credentials)


@pytest.fixture
def ended_ones() -> Ended:
    return Ended()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf("bdr")


@pytest.fixture
def standing() -> Standing:
    return Standing()


@pytest.fixture
async def hub(pool: Pool, shelf: Shelf, standing: Standing, ended_ones: Ended) -> AsyncIterator[Hub]:
    running = Hub(pool, [shelf.topic, Shelf("job").topic], in_good_standing=standing, ended=ended_ones)
    running.start()
    yield running
    await running.stop()


def follow(hub: Hub, user: int, *, viewer: int | None = None, kinds: Collection[str] = ("bdr",)) -> Any:
    return hub.subscribed(viewer_id=viewer or user, user_id=user, kinds=kinds)


async def changes(subscriber: Subscriber) -> dict[Key, Any]:
    """Wait until something is owed, and take it."""
    changed = asyncio.Event()
    subscriber.on_change = changed.set
    if not subscriber.has_changes:
        async with asyncio.timeout(HANG_SECONDS):
            await changed.wait()
    return subscriber.take()


async def test_only_subscribers_of_a_user_and_topic_are_notified(hub: Hub, shelf: Shelf) -> None:
    shelf.things[7] = 1
    with follow(hub, 1) as owner, follow(hub, 2) as other, follow(hub, 1, kinds=["job"]) as elsewhere:
        for each in (owner, other, elsewhere):
            each.greet({})
        hub.notified("1 bdr 7")
        assert await changes(owner) == {Key("bdr", 7): Thing(7)}
        assert (other.known, elsewhere.known) == (set(), set())


async def test_nothing_is_read_for_whom_nobody_follows(hub: Hub, shelf: Shelf) -> None:
    shelf.things |= {7: 1, 8: 2}
    with follow(hub, 2) as follower:
        hub.notified("1 bdr 7")
        hub.notified("2 bdr 8")
        await changes(follower)
    assert shelf.reads == [[8]]


async def test_nothing_is_read_of_a_kind_that_nobody_follows(hub: Hub, shelf: Shelf) -> None:
    shelf.things |= {7: 1, 8: 2}
    with follow(hub, 1, kinds=["job"]), follow(hub, 2) as follower:
        hub.notified("1 bdr 7")
        hub.notified("2 bdr 8")
        await changes(follower)
    assert shelf.reads == [[8]]


async def test_a_failed_reading_forgets_nothing(hub: Hub, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "RETRY_SECONDS", 0.01)
    shelf.things |= {7: 1, 8: 1}
    shelf.refusals = 2
    with follow(hub, 1) as follower:
        hub.notified("1 bdr 7")
        hub.notified("1 bdr 8")
        assert await changes(follower) == {Key("bdr", 7): Thing(7), Key("bdr", 8): Thing(8)}
    assert len(shelf.reads) == 3


async def test_a_change_during_a_failed_read_is_sent_as_well(
    hub: Hub, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "RETRY_SECONDS", 0.01)
    shelf.things |= {7: 1, 8: 1}
    shelf.refusals = 1
    shelf.meanwhile = lambda: hub.notified("1 bdr 8")
    reported: dict[Key, Any] = {}
    with follow(hub, 1) as follower:
        hub.notified("1 bdr 7")
        while len(reported) < 2:
            reported |= await changes(follower)
    assert reported == {Key("bdr", 7): Thing(7), Key("bdr", 8): Thing(8)}


async def test_a_notification_that_is_none_of_ours_ends_nothing(
    hub: Hub, shelf: Shelf, subtests: pytest.Subtests
) -> None:
    shelf.things[7] = 1
    for payload in ("", "1", "1 bdr", "x bdr 7", "1 bdr x", "1 bdr 7 8", "1 unknown 7"):
        with subtests.test(payload=payload), follow(hub, 1) as follower:
            hub.notified(payload)
            hub.notified("1 bdr 7")
            assert await changes(follower) == {Key("bdr", 7): Thing(7)}


async def test_a_gap_is_made_up_for_with_what_is_new_and_what_has_gone(hub: Hub, shelf: Shelf) -> None:
    shelf.things[8] = 1
    with follow(hub, 1) as follower:
        follower.greet({Key("bdr", 7): Thing(7)})
        await hub.resync()
        assert await changes(follower) == {Key("bdr", 7): None, Key("bdr", 8): Thing(8)}


async def test_a_gap_of_many_is_made_up_for_in_parts(hub: Hub, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_module, "BATCH_SIZE", 2)
    shelf.things |= {number: number for number in range(1, 6)}
    with ExitStack() as streams:
        followers = [streams.enter_context(follow(hub, user)) for user in range(1, 6)]
        for each in followers:
            each.greet({})
        await hub.resync()
        reported = [await changes(each) for each in followers]
    assert reported == [{Key("bdr", number): Thing(number)} for number in range(1, 6)]
    assert shelf.asked == [[1, 2], [3, 4], [5]]
    assert sorted(map(len, shelf.reads)) == [1, 2, 2]


async def test_a_snapshot_begins_with_the_oldest(hub: Hub, shelf: Shelf) -> None:
    shelf.things |= {7: 1, 9: 1, 8: 1, 5: 2}
    assert list(await hub.snapshot(1, ["bdr", "job"])) == [Key("bdr", 7), Key("bdr", 8), Key("bdr", 9)]


async def test_a_patient_stream_that_starts_before_a_response_waits_for_it(hub: Hub, shelf: Shelf) -> None:
    shelf.things[7] = 1
    hub.notified("1 bdr:asked 7")
    with (
        follow(hub, 1) as other,
        hub.subscribed(viewer_id=1, user_id=1, kinds=["bdr"], waits_for_responses=True) as patient,
    ):
        assert [list(await hub.greet(each)) for each in (other, patient)] == [[Key("bdr", 7)], []]
        hub.notified("1 bdr:answered 7")
        assert list(await changes(patient)) == [Key("bdr", 7)]


async def test_a_slow_database_takes_nothing_from_the_time_that_a_page_has(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is sent only once the other servers have been notified of it."""
    monkeypatch.setattr(unanswered, "GRACE_SECONDS", 0.01)
    slow = asyncio.Event()

    class Slow:
        async def execute(self, *_arguments: Any) -> None:
            await slow.wait()

    hub = Hub(Slow(), [shelf.topic], in_good_standing=Standing(), ended=Ended())  # type: ignore[arg-type]
    with hub.subscribed(viewer_id=1, user_id=1, kinds=["bdr"], waits_for_responses=True) as patient:
        patient.greet({})
        hub.notified("1 bdr:asked 7")
        patient.withhold(Key("bdr", 7), Thing(7))
        answering = asyncio.create_task(hub.answered(Key("bdr", 7), user_id=1))
        await asyncio.sleep(0.05)
        assert Key("bdr", 7) in hub._unanswered
        slow.set()
        await answering
        assert list(await changes(patient)) == [Key("bdr", 7)]


async def test_the_timeout_restarts_with_the_response(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unanswered, "TIMEOUT_SECONDS", 0.01)
    monkeypatch.setattr(unanswered, "GRACE_SECONDS", 1e6)
    released: list[Key] = []
    waiting = unanswered.Unanswered(released.append)
    for word in (unanswered.ASKED, unanswered.ANSWERED):
        waiting.notified(Key("bdr", 7), word)
    await asyncio.sleep(0.02)
    assert (released, Key("bdr", 7) in waiting) == ([], True)
    waiting.close()


async def test_who_has_gone_leaves_nothing_behind(hub: Hub) -> None:
    before = SSE_SUBSCRIBERS._value.get()
    with follow(hub, 1), follow(hub, 1, viewer=9):
        assert hub.subscriber_count == 2
        assert SSE_SUBSCRIBERS._value.get() == before + 2
    assert hub.subscriber_count == 0
    assert SSE_SUBSCRIBERS._value.get() == before
    assert (dict(hub._subscribers), dict(hub._by_viewer)) == ({}, {})


async def test_a_viewer_s_oldest_stream_ends_when_there_are_too_many(hub: Hub) -> None:
    opened = [follow(hub, user, viewer=1) for user in range(1, STREAMS_PER_USER + 2)]
    streams = [each.__enter__() for each in opened]
    assert [stream.ending for stream in streams] == [SUPERSEDED] + [None] * STREAMS_PER_USER
    with follow(hub, 2) as another:
        assert another.ending is None, "another's streams are another's affair"
    for each in opened:
        each.__exit__(None, None, None)


async def test_the_streams_of_the_banned_end_whosever_things_they_follow(hub: Hub, standing: Standing) -> None:
    with follow(hub, 1) as owner, follow(hub, 1, viewer=9) as moderator:
        standing.banned = {9}
        await hub.end_streams_of_the_banned()
        assert (owner.ending, moderator.ending) == (None, SIGNED_OUT)


async def test_streams_of_banned_users_are_ended_in_batches(
    hub: Hub, standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "BATCH_SIZE", 2)
    with follow(hub, 1) as one, follow(hub, 2) as two, follow(hub, 3) as three, follow(hub, 4), follow(hub, 5) as last:
        standing.banned = {2, 3, 5}
        await hub.end_streams_of_the_banned()
        assert [each.ending for each in (one, two, three, last)] == [None, SIGNED_OUT, SIGNED_OUT, SIGNED_OUT]
