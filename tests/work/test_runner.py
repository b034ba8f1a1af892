"""One attempt: every way it can end, and its record."""

import asyncio
import errno
import time
from types import SimpleNamespace
from typing import Any

import pytest
import structlog

from pmd_service.media.spare import ChildFaultError
from pmd_service.work import blame, heartbeat, lease
from pmd_service.work.attempts import list_attempts
from pmd_service.work.claimed import Claimed
from pmd_service.work.context import WorkerContext
from pmd_service.work.kind import Failed, Outcome, PermanentError, Retry
from pmd_service.work.retry import error_delay, retry_delay

from ..failures import failures
from ..hang import HANG_SECONDS
from .conftest import Busy, ChoreRow, Chores


async def test_done_work_is_settled_and_releases_its_lease(chores: Chores) -> None:
    row = await chores.run(await chores.add())
    assert (row["state"], row["work_state"]) == ("done", None)
    assert chores.entered == ["running"]
    (attempt,) = await list_attempts(chores.pool, "chore", str(row["id"]))
    assert (attempt.attempt, attempt.outcome) == (1, "done")


async def test_failed_attempt_is_retried_though_its_record_fails(chores: Chores) -> None:
    async def stumble(*_: Any) -> Outcome:
        await chores.pool.execute("DROP TABLE work_attempts")
        raise OSError("no space left on /some/device")

    chores.handler = stumble
    row = await chores.run(await chores.add())
    assert (row["state"], row["faults"]) == ("waiting", 1)


async def test_exception_is_retried_up_to_max_retries(chores: Chores) -> None:
    async def stumble(*_: Any) -> Outcome:
        raise OSError("no space left on /some/device")

    chores.handler = stumble
    chore = await chores.add()
    for faults in range(1, chores.kind.max_retries + 1):
        before = await chores.now()
        row = await chores.run(chore)
        assert (row["state"], row["faults"], row["reason"]) == ("waiting", faults, None)
        assert await chores.pool.fetchval("SELECT due_at > $1::timestamptz + interval '2 s' FROM work", before)
    counted = failures(chores.kind.name)
    row = await chores.run(chore)
    assert (row["state"], row["reason"], row["code"]) == ("failed", "It did not work.", "gave_up")
    assert failures(chores.kind.name) - counted == {"retry": 1}
    assert chores.failed == [chore]
    assert chores.entered[-1] == "failed"


OURS: dict[str, tuple[Exception, str]] = {
    "a mistake": (KeyError("no such column"), "bug"),
    "a module": (ModuleNotFoundError("No module named 'av'"), "machine"),
    "permissions": (PermissionError(errno.EACCES, "Permission denied"), "machine"),
    "descriptors": (OSError(errno.EMFILE, "Too many open files"), "machine"),
    "the child's mistake": (ChildFaultError("IndexError", "bug"), "bug"),
}


@pytest.mark.parametrize("name", OURS)
async def test_own_error_spends_no_retry_and_logs_its_traceback(chores: Chores, name: str) -> None:
    error, cause = OURS[name]

    async def break_down(*_: Any) -> Outcome:
        raise error

    chores.handler = break_down
    chore = await chores.add()
    with structlog.testing.capture_logs() as logs:
        for _ in range(chores.kind.max_retries + 2):
            before = await chores.now()
            row = await chores.run(chore)
            assert (row["state"], row["faults"], row["reason"]) == ("waiting", 0, None)
    assert await chores.pool.fetchval("SELECT due_at > $1::timestamptz + interval '29 s' FROM work", before)
    logged = [line for line in logs if line["event"] == "chore_attempt_failed"]
    assert {(line["log_level"], line.get("cause"), line["exc_info"]) for line in logged} == {("error", cause, True)}
    attempts = await list_attempts(chores.pool, chores.kind.name, str(chore))
    assert {attempt.outcome for attempt in attempts} == {"error"}
    assert type(error).__name__ in (attempts[0].error or "")


async def test_own_errors_are_retried_for_half_a_day_then_fail(chores: Chores, monkeypatch: pytest.MonkeyPatch) -> None:
    assert sum(error_delay(errors) for errors in range(blame.MAX_ERRORS)) > 8 * 3600
    monkeypatch.setattr(blame, "MAX_ERRORS", 2)

    async def break_down(*_: Any) -> Outcome:
        raise TypeError

    chores.handler = break_down
    chore = await chores.add()
    assert [(await chores.run(chore))["state"] for _ in range(3)] == ["waiting", "waiting", "failed"]
    row = await chores.row(chore)
    assert (row["faults"], row["reason"], row["code"]) == (0, "It did not work.", "gave_up")


async def test_retry_delay_grows_to_at_most_ten_minutes() -> None:
    for faults, longest in enumerate([5, 20, 80, 320, 600, 600, 600]):
        delays = [retry_delay(faults) for _ in range(100)]
        assert all(longest / 2 <= delay <= longest for delay in delays)
        assert len(set(delays)) > 50, "they are spread, so that a crowd does not come back at once"


async def test_handler_may_set_the_retry_delay(chores: Chores) -> None:
    async def later(*_: Any) -> Outcome:
        return Retry("a server is away", delay_seconds=120)

    chores.handler = later
    chore, before = await chores.add(), await chores.now()
    row = await chores.run(chore)
    assert (row["state"], row["faults"]) == ("waiting", 1)
    assert await chores.pool.fetchval(
        "SELECT due_at BETWEEN $1::timestamptz + interval '120 s' AND now() + interval '120 s' FROM work", before
    )


@pytest.mark.parametrize("raised", [True, False])
async def test_permanent_error_fails_at_once(chores: Chores, raised: bool) -> None:
    async def refuse(*_: Any) -> Outcome:
        if raised:
            raise PermanentError("There is no sound in it.", "no_sound")
        return Failed("There is no sound in it.", "no_sound", "a detail")

    chores.handler = refuse
    counted = failures(chores.kind.name)
    row = await chores.run(await chores.add())
    assert (row["state"], row["reason"], row["code"]) == ("failed", "There is no sound in it.", "no_sound")
    assert failures(chores.kind.name) - counted == {"user": 1}
    assert (row["step"], row["faults"], chores.failed) == (None if raised else "a detail", 0, [row["id"]])


async def test_long_error_is_truncated_to_the_column(chores: Chores) -> None:
    async def refuse(*_: Any) -> Outcome:
        return Failed("x" * 1000)

    chores.handler = refuse
    assert len((await chores.run(await chores.add()))["reason"]) == 500


async def test_time_limit_fails_the_work_after_its_retries(chores: Chores) -> None:
    """arq's own limit would arrive as a cancellation, which is handed over without a fault, again and again."""
    chores.handler = Busy(chores)
    chores.change(time_limit_seconds=0.05)
    chore = await chores.add()
    states = [(await chores.run(chore))["state"] for _ in range(chores.kind.max_retries + 1)]
    assert states == ["waiting"] * chores.kind.max_retries + ["failed"]
    assert chores.handler.was_cancelled


async def test_cancelled_work_stops_and_its_row_is_unchanged(chores: Chores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    # Not by renewing the lease, and not by its end: a read of the row between the two is enough.
    monkeypatch.setattr(heartbeat, "RENEW_SECONDS", 3600)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 3600)
    busy = chores.handler = Busy(chores)
    chore = await chores.add()
    running = asyncio.create_task(chores.run(chore))
    await busy.begun.wait()
    await chores.stop(chore)
    async with asyncio.timeout(HANG_SECONDS):
        row = await running
    assert busy.was_cancelled
    assert (row["state"], row["reason"], row["work_state"]) == ("failed", "Cancelled by you", None)


async def test_stopping_worker_hands_over_without_a_fault(chores: Chores) -> None:
    busy = chores.handler = Busy(chores)
    chore = await chores.add()
    running = asyncio.create_task(chores.run(chore))
    await busy.begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    row = await chores.row(chore)
    assert (row["state"], row["faults"], row["expired"], row["attempt"]) == ("waiting", 0, 0, 1)
    assert await chores.tickets() == 1
    (attempt,) = await list_attempts(chores.pool, chores.kind.name, str(chore))
    assert (attempt.attempt, attempt.outcome) == (1, "stopped"), "its story has what this worker did"


async def test_heartbeat_renews_the_lease_and_writes_progress(chores: Chores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(heartbeat, "RENEW_SECONDS", 0.02)
    busy = Busy(chores)

    async def report(worker: WorkerContext, claimed: Claimed[ChoreRow]) -> Outcome:
        claimed.progress(42, "frame 3 of 7")
        return await busy(worker, claimed)

    chores.handler = report
    chore = await chores.add()
    running = asyncio.create_task(chores.run(chore))
    await busy.begun.wait()
    await chores.pool.execute("UPDATE work SET lease_until = now() + interval '1 s'")
    async with asyncio.timeout(HANG_SECONDS):
        while not await chores.pool.fetchval(
            "SELECT done = 42 AND step = 'frame 3 of 7' AND lease_until > now() + interval '20 s' FROM chores, work"
        ):
            await asyncio.sleep(0.01)
    busy.end.set()
    assert (await running)["state"] == "done"


async def test_heartbeat_survives_a_database_outage(chores: Chores, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    busy = chores.handler = Busy(chores)
    refused = asyncio.Event()
    original = lease.has_lease

    async def refuse_once(*args: Any) -> bool:
        if refused.is_set():
            return await original(*args)
        refused.set()
        raise ConnectionResetError

    monkeypatch.setattr(lease, "has_lease", refuse_once)
    running = asyncio.create_task(chores.run(await chores.add()))
    await refused.wait()
    busy.end.set()
    assert (await running)["state"] == "done"


async def test_work_is_cancelled_after_a_lease_without_heartbeat(
    chores: Chores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another worker has the row by then."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.05)

    busy = chores.handler = Busy(chores)

    async def refuse(*_: Any) -> bool:
        await busy.begun.wait()
        raise ConnectionResetError

    monkeypatch.setattr(lease, "has_lease", refuse)
    row = await chores.run(await chores.add())
    assert busy.was_cancelled
    assert row["state"] == "running", "only the sweep changes it"


async def test_work_is_cancelled_after_a_lease_of_a_database_that_hangs(
    chores: Chores, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its answer, an hour later, would be too late: another worker has the row by then."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(heartbeat, "RENEW_SECONDS", 0.01)
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.05)

    busy = chores.handler = Busy(chores)

    async def hang(*_: Any, **__: Any) -> bool:
        await busy.begun.wait()
        await asyncio.sleep(3600)
        return True

    monkeypatch.setattr(lease, "has_lease", hang)
    monkeypatch.setattr(lease, "renew", hang)
    async with asyncio.timeout(HANG_SECONDS):
        row = await chores.run(await chores.add())
    assert busy.was_cancelled
    assert row["state"] == "running", "only the sweep changes it"


async def test_process_that_was_frozen_goes_on_if_nobody_has_its_row(
    chores: Chores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    monkeypatch.setattr(heartbeat, "RENEW_SECONDS", 0.2)
    busy = chores.handler = Busy(chores)
    renewed = asyncio.Event()
    original = lease.renew

    async def renew(*args: Any, **options: Any) -> bool:
        is_renewed = await original(*args, **options)
        renewed.set()
        return is_renewed

    monkeypatch.setattr(lease, "renew", renew)
    running = asyncio.create_task(chores.run(await chores.add()))
    await busy.begun.wait()
    monkeypatch.setattr(lease, "LEASE_SECONDS", 0.5)
    time.sleep(0.6)  # noqa: ASYNC251 - the whole process stands still
    async with asyncio.timeout(HANG_SECONDS):
        await renewed.wait()
    busy.end.set()
    assert (await running)["state"] == "done"


async def test_lease_that_is_renewed_after_its_end_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after a process was frozen: its heartbeat is waited for, and what it finds counts."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 3600)
    monkeypatch.setattr(heartbeat, "RENEW_SECONDS", 0.05)
    expired = time.monotonic() - lease.LEASE_SECONDS
    claimed: Any = SimpleNamespace(work=SimpleNamespace(subject="row"), renewed=expired, is_settled=False)
    kind: Any = SimpleNamespace(name="chore")
    pool: Any = None
    ended = asyncio.Event()
    running = asyncio.create_task(heartbeat.with_heartbeat(pool, kind, claimed, ended.wait()))
    await asyncio.sleep(0)
    claimed.renewed = time.monotonic()
    await asyncio.sleep(0.3)
    ended.set()
    assert await running


async def test_settled_work_is_no_lost_lease(chores: Chores, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heartbeat does not find the row that its own work has just settled."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_SECONDS", 0.01)
    beaten = asyncio.Event()
    original = lease.has_lease

    async def beat(*args: Any) -> bool:
        has_lease = await original(*args)
        if not has_lease:
            beaten.set()
        return has_lease

    monkeypatch.setattr(lease, "has_lease", beat)

    async def settle_and_go_on(worker: WorkerContext, claimed: Claimed[ChoreRow]) -> Outcome:
        outcome = await chores.finish(worker, claimed)
        await beaten.wait()
        for _ in range(50):  # turns of the loop in which the heartbeat's end could be taken for a loss
            await asyncio.sleep(0)
        reached.append(True)
        return outcome

    reached: list[bool] = []
    chores.handler = settle_and_go_on
    assert (await chores.run(await chores.add()))["state"] == "done"
    assert reached == [True]
