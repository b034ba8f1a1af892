"""What a child may do, and what becomes of a batch when it dies."""

import asyncio
import os
import signal
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
import structlog

from pmd_service.base.faults import is_disk_full
from pmd_service.media import child, spare
from pmd_service.media.child import Answer, run_batch, run_one
from pmd_service.media.messages import Done, Faulted, Limits, Refused, Work
from pmd_service.media.spare import ChildFaultError, Spare

from ..hang import HANG_SECONDS

ENGINE = "tests.media.misbehave"
LIMITS = Limits(wall_seconds=60)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source.bin"
    path.write_bytes(b"whatever")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "made"
    path.mkdir()
    return path


def work(source: Path, folder: Path, act: str, **params: object) -> Work:
    return Work(
        source=str(source),
        folder=str(folder),
        names=[act],
        output_names=["met", "large"],
        params={"act": act, **params},
    )


async def answers(works: list[Work], folder: Path, limits: Limits = LIMITS, spare: Spare | None = None) -> list[Answer]:
    async with aclosing(run_batch(ENGINE, works, folder=folder, limits=limits, spare=spare)) as batch:
        return [answer async for answer in batch]


def codes(found: list[Answer]) -> list[str]:
    return [
        answer.code if isinstance(answer, Refused) else answer.cause if isinstance(answer, Faulted) else "done"
        for answer in found
    ]


async def test_each_file_has_one_answer_in_order(source: Path, folder: Path) -> None:
    found = await answers([work(source, folder, act) for act in ("behave", "refuse", "behave")], folder)
    assert codes(found) == ["done", "no_good", "done"]
    assert [answer.item for answer in found] == [0, 1, 2]


@pytest.mark.parametrize(("size", "most"), [(1, child._MAX_PROGRESS), (1_000_000, 0)])
async def test_a_child_that_floods_its_parent_with_progress_is_ended(
    source: Path, folder: Path, size: int, most: int
) -> None:
    reports: list[float] = []
    works = [work(source, folder, "flood", size=size)]
    progress = lambda value, _step: reports.append(value)  # noqa: E731
    async with aclosing(run_batch(ENGINE, works, folder=folder, limits=LIMITS, progress=progress)) as batch:
        assert codes([answer async for answer in batch]) == ["crashed"]
    assert len(reports) == most


async def test_a_file_that_kills_the_child_is_named_and_the_rest_goes_on(source: Path, folder: Path) -> None:
    acts = ("behave", "crash", "behave", "eat_memory", "crash", "behave")
    found = await answers([work(source, folder, act) for act in acts], folder)
    assert codes(found) == ["done", "crashed", "done", "too_much_memory", "crashed", "done"]
    assert [answer.item for answer in found] == list(range(6))


@pytest.mark.parametrize(("times", "becomes"), [(1, "done"), (2, "crashed")])
async def test_a_file_whose_child_is_killed_is_retried_once_alone(
    source: Path, folder: Path, times: int, becomes: str
) -> None:
    """As the kernel does when it is out of memory."""
    works = [work(source, folder, act, times=times) for act in ("behave", "be_killed", "behave")]

    def kill(_value: float, step: str) -> None:
        if step.startswith("pid "):
            os.kill(int(step.removeprefix("pid ")), signal.SIGKILL)

    async with aclosing(run_batch(ENGINE, works, folder=folder, limits=LIMITS, progress=kill)) as batch:
        found = [answer async for answer in batch]
    assert codes(found) == ["done", becomes, "done"]
    assert [answer.item for answer in found] == [0, 1, 2]
    assert len((folder / "met").read_text().splitlines()) == 2


async def test_a_file_that_computes_for_ever_ends_by_its_processor_time(source: Path, folder: Path) -> None:
    limits = Limits(cpu_seconds=1, wall_seconds=250)
    found = await answers([work(source, folder, "compute"), work(source, folder, "behave")], folder, limits)
    assert codes(found) == ["too_slow", "done"]


async def test_a_file_that_hangs_ends_by_the_clock(source: Path, folder: Path) -> None:
    works = [work(source, folder, act) for act in ("hang", "hang")]
    assert codes(await answers(works, folder, Limits(wall_seconds=0.2))) == ["too_slow", "too_slow"]


async def test_a_result_beyond_its_limit_ends_the_child(source: Path, folder: Path) -> None:
    found = await answers([work(source, folder, "fill_disk")], folder, Limits(output_bytes=5_000_000))
    assert codes(found) == ["result_too_large"]
    assert (folder / "large").stat().st_size == 5_000_000


async def test_nonsense_in_the_place_of_messages_is_a_crash(source: Path, folder: Path) -> None:
    found = await answers([work(source, folder, "babble"), work(source, folder, "behave")], folder)
    assert codes(found) == ["crashed", "done"]


async def test_what_libraries_print_does_not_come_between(source: Path, folder: Path) -> None:
    assert codes(await answers([work(source, folder, "print_much")], folder)) == ["done"]


async def test_a_full_disk_is_no_fault_of_the_file(source: Path, folder: Path) -> None:
    with pytest.raises(ChildFaultError, match="No space left") as fault:
        await run_one(ENGINE, work(source, folder, "fail_disk"), folder=folder, limits=LIMITS)
    assert is_disk_full(fault.value), "which is waited for as if the worker itself had met it"


# By what an engine does: what has failed, and what its log says.
FAULTS = {
    "miss_a_key": ("bug", "KeyError"),
    "misuse_a_library": ("bug", "TypeError"),
    "miscall_a_library": ("bug", "unexpected keyword argument"),
    "answer_nonsense": ("bug", "TypeError"),
    "lack_a_module": ("machine", "ModuleNotFoundError"),
    "be_forbidden": ("machine", "PermissionError"),
    "fail_disk": ("machine", "No space left"),
}


async def test_bugs_and_machine_faults_are_not_blamed_on_the_file(source: Path, folder: Path) -> None:
    works = [work(source, folder, act, secret=str(Path(__file__))) for act in ("behave", *FAULTS, "behave")]
    with structlog.testing.capture_logs() as logs:
        found = await answers(works, folder)
    assert codes(found) == ["done", *(cause for cause, _ in FAULTS.values()), "done"]
    reported = [line for line in logs if line["event"] == "media_faulted"]
    for line, (act, (cause, error)) in zip(reported, FAULTS.items(), strict=True):
        assert (line["log_level"], line["cause"]) == ("error", cause)
        assert error in line["error"]
        assert act == "answer_nonsense" or f"in {act}\n" in line["traceback"]


async def test_what_a_library_raises_on_reading_is_the_files_fault(source: Path, folder: Path) -> None:
    assert codes(await answers([work(source, folder, "make_a_library_miss_a_key")], folder)) == ["broken"]


async def test_an_engine_that_is_not_there_is_no_fault_of_the_file(source: Path, folder: Path) -> None:
    with pytest.raises(ChildFaultError, match="ModuleNotFoundError"):
        await run_one("tests.media.nowhere", work(source, folder, "behave"), folder=folder, limits=LIMITS)


async def test_progress_is_reported_while_the_child_works(source: Path, folder: Path) -> None:
    reported: list[tuple[float, str]] = []
    answer = await run_one(
        ENGINE,
        work(source, folder, "behave"),
        folder=folder,
        limits=LIMITS,
        progress=lambda *step: reported.append(step),
    )
    assert isinstance(answer, Done)
    assert reported == [(50.0, "half way")]


async def hanging(source: Path, folder: Path) -> tuple[asyncio.Task[Answer], int]:
    """A child that never ends, and its process id."""
    reported: asyncio.Queue[str] = asyncio.Queue()
    running = asyncio.create_task(
        run_one(
            ENGINE,
            work(source, folder, "hang"),
            folder=folder,
            limits=LIMITS,
            progress=lambda _, step: reported.put_nowait(step),
        )
    )
    pid = int((await reported.get()).removeprefix("pid "))
    return running, pid


async def test_cancelling_kills_the_child(source: Path, folder: Path) -> None:
    running, pid = await hanging(source, folder)
    os.kill(pid, 0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_cancelling_while_a_long_order_is_being_sent_kills_the_child(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An order that does not fit into the pipe is sent only when the child has imported what it reads it with."""
    children: list[asyncio.subprocess.Process] = []

    async def noted(*engine: str) -> asyncio.subprocess.Process:
        children.append(await spare.start(*engine))
        return children[-1]

    monkeypatch.setattr(child, "start", noted)
    running = asyncio.create_task(answers([work(source, folder, "hang", words="x" * 200_000)], folder))
    async with asyncio.timeout(HANG_SECONDS):
        while not children:
            await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert children[0].returncode is not None


async def started(spare: Spare) -> asyncio.subprocess.Process:
    """The child that waits, as soon as there is one."""
    async with asyncio.timeout(HANG_SECONDS):
        while (waiting := spare._waiting) is None:
            await asyncio.sleep(0.01)
    return waiting


@pytest.mark.parametrize("is_killed", [False, True])
async def test_a_child_that_waits_takes_one_batch_and_another_waits_then(
    source: Path, folder: Path, is_killed: bool
) -> None:
    async with aclosing(Spare(ENGINE)) as spare:
        assert codes(await answers([work(source, folder, "behave")], folder, spare=spare)) == ["done"]
        first = await started(spare)
        if is_killed:  # as by a kernel that is out of memory
            first.kill()
            await first.wait()
        assert codes(await answers([work(source, folder, "behave")], folder, spare=spare)) == ["done"]
        assert first.returncode is not None
        second = await started(spare)
        assert second.pid != first.pid
    assert second.returncode is not None


async def test_an_idle_worker_keeps_no_child() -> None:
    async with aclosing(Spare(ENGINE)) as spare:
        await asyncio.sleep(0)
        assert spare._waiting is None


async def test_the_child_dies_with_its_parent(source: Path, folder: Path, tmp_path: Path) -> None:
    script = f"""
import asyncio
from pathlib import Path
from pmd_service.media.child import run_one
from pmd_service.media.messages import Limits, Work
work = Work(source={str(source)!r}, folder={str(folder)!r}, params={{"act": "hang"}})
tell = lambda value, step: print(step, flush=True)
asyncio.run(run_one({ENGINE!r}, work, folder=Path({str(folder)!r}), limits=Limits(), progress=tell))
"""
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert parent.stdout is not None
    pid = int((await parent.stdout.readline()).decode().removeprefix("pid "))
    parent.kill()
    await parent.wait()
    async with asyncio.timeout(HANG_SECONDS):
        while is_running(pid):
            await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether the process does anything still: nobody may be there to reap what is dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


async def test_the_child_has_an_empty_environment_and_low_priority(
    source: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", "not for strangers")
    running, pid = await hanging(source, folder)
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    niceness = os.getpriority(os.PRIO_PROCESS, pid) - os.getpriority(os.PRIO_PROCESS, 0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert b"strangers" not in environment
    assert niceness > 0
