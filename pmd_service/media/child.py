"""Running an engine on untrusted files in a child process.

One child takes a whole batch, because a start costs more than probing a small file. It reports each file before it
opens it: when it dies, that file is refused, and a new child takes the rest. If the child was killed from outside (by
the OOM killer, or an operator), the file is tried once more in a child of its own.
"""

import asyncio
import errno
import os
import signal
import stat
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Self, TypeAlias, TypeVar

import msgspec

from ..base.critical import stop_tasks
from ..base.telemetry import log
from ..base.trace import step
from ..locales import translatable
from .messages import Done, Faulted, Limits, Message, Order, Progress, Progressed, Refused, Started, Work
from .spare import ChildFaultError, Spare, start

T = TypeVar("T")

Answer: TypeAlias = Done | Refused | Faulted

_START_SECONDS = 60.0
_EXIT_SECONDS = 1.0
_STDERR_BYTES = 4096
# A child reports progress some 200 times a file; one that floods its parent has been taken over.
_MAX_PROGRESS = 1000
_MAX_PROGRESS_BYTES = 4096
_MAX_TRACEBACK = 4000
_TOO_SLOW = ("too_slow", translatable("This file takes longer to process than is allowed."))
CRASHED = ("crashed", translatable("This file makes the program that reads it crash."))
# Signals of the OOM killer or an operator. No decoder dies of these by itself.
_FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}
# By return code, which is the negative signal number.
_DEATHS = {
    -signal.SIGXCPU: _TOO_SLOW,
    -signal.SIGXFSZ: ("result_too_large", translatable("The result would be larger than a file may be.")),
}
# The codes of files that killed their child, or would have.
DEADLY = frozenset({_TOO_SLOW[0], CRASHED[0], "result_too_large", "too_much_memory"})
_decode = msgspec.json.Decoder(Message).decode


async def run_one(
    engine: str, work: Work, *, folder: Path, limits: Limits, progress: Progress | None = None
) -> Done | Refused:
    """Run one file through an engine; cancelling this kills the child and whatever it has started.

    Raises:
        ChildFaultError: the child failed for no fault of the file.
    """
    async with aclosing(run_batch(engine, [work], folder=folder, limits=limits, progress=progress)) as answers:
        async for answer in answers:
            if isinstance(answer, Faulted):
                raise fault_of(answer)
            return answer
    raise ChildFaultError("no answer")


async def run_batch(
    engine: str,
    works: Sequence[Work],
    *,
    folder: Path,
    limits: Limits,
    progress: Progress | None = None,
    spare: Spare | None = None,
) -> AsyncGenerator[Answer]:
    """One answer per file, in order; the child can only write to files in ``folder``.

    A fault at one file says nothing about the others, which the same child goes on with.

    Close the iterator (``contextlib.aclosing``) to kill the child early.

    Args:
        spare: keeps a child of this engine started.

    Raises:
        ChildFaultError: no child can be started.
    """
    done, is_alone = 0, False
    while done < len(works):
        given = works[done : done + 1] if is_alone else works[done:]
        until = done + len(given)
        order = Order(engine=engine, folder=str(folder), limits=limits, works=list(given))
        async with _Child(order, first=done, progress=progress, spare=spare) as child:
            while child.is_alive and done < until:
                with step("child", f"{engine.rpartition('.')[2]}: file {done + 1} of {len(works)}"):
                    answer = await child.answer(done)
                if child.was_killed and not is_alone:
                    is_alone = True
                    break
                is_alone = False
                yield answer
                done += 1


def fault_of(faulted: Faulted) -> ChildFaultError:
    """The error to raise where one file's fault ends the work."""
    error = ChildFaultError(faulted.error, faulted.cause)
    if faulted.is_disk_full:
        error.__cause__ = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return error


def checked_answer(answer: Answer, kind: type[T], folder: Path, names: Callable[[T], Sequence[str]]) -> T | Refused:
    """Decode and validate a child's answer, which a malicious file may have forged.

    Args:
        kind: the engine's result; ``names`` returns the files in ``folder`` that it claims to have written.

    Raises:
        ChildFaultError: the machine or our own code failed, and not the file.
    """
    if isinstance(answer, Faulted):
        raise fault_of(answer)
    if isinstance(answer, Refused):
        return answer
    try:
        result = msgspec.json.decode(answer.value, type=kind)
        for name in names(result):
            require_plain_file(folder / name)
    except (msgspec.MsgspecError, OSError, ValueError):
        return Refused(answer.item, *CRASHED)
    return result


def require_plain_file(path: Path) -> None:
    """Refuse anything else that a child may have put there: a link, a pipe, a hard link to another file.

    Raises:
        ValueError: it is not a regular file with a single name.
        OSError: it is missing.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise ValueError(f"{path.name} is no regular file with a single name")


class _Child:
    """A process and its files, numbered from ``first``."""

    def __init__(self, order: Order, *, first: int, progress: Progress | None, spare: Spare | None) -> None:
        self._order = order
        self._first = first
        self._progress = progress
        self._spare = spare
        self.is_alive = True
        self.was_killed = False  # from outside
        self._is_ended_by_us = False

    async def __aenter__(self) -> Self:
        self._process = await (self._spare.take() if self._spare else start())
        self._errors = asyncio.create_task(_read_tail(self._process.stderr))
        assert self._process.stdin is not None
        # Not drained: a cancellation here would leave the child behind, as ``__aexit__`` is not called yet.
        self._process.stdin.write(msgspec.json.encode(self._order) + b"\n")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._kill()
        await stop_tasks(self._errors)
        await self._process.wait()

    async def answer(self, item: int) -> Answer:
        """The answer for this file, also if the child dies of it."""
        await self._wait_for_start(item)
        try:
            async with asyncio.timeout(self._order.limits.wall_seconds):
                return await self._wait_for_answer(item)
        except TimeoutError:
            self.is_alive = False
            return Refused(item, *_TOO_SLOW)

    async def _wait_for_start(self, item: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                if isinstance(await self._receive(item), Started):
                    return
        raise ChildFaultError(f"ended with {await self._end()}: {await self._errors}")

    async def _wait_for_answer(self, item: int) -> Answer:
        reports = 0
        while True:
            match await self._receive(item):
                case Progressed(_, value, step) if reports < _MAX_PROGRESS:
                    reports += 1
                    if self._progress is not None:
                        self._progress(min(max(value, 0.0), 100.0), step[:80])
                case Done(_, value):
                    return Done(item, value)
                case Refused(_, code, message, detail):
                    log.info("media_refused", code=code[:40], detail=detail[:500])
                    return Refused(item, code[:40], message[:500])
                case Faulted(_, error, cause, traceback, is_disk_full):
                    error = error[:500]
                    log.error("media_faulted", cause=cause, error=error, traceback=traceback[-_MAX_TRACEBACK:])
                    return Faulted(item, error, cause, is_disk_full=is_disk_full)
                case _:
                    return await self._death(item)

    async def _receive(self, item: int) -> Message | None:
        """The next message about this file; None if the child has ended, or violates the protocol."""
        assert self._process.stdout is not None
        try:
            line = await self._process.stdout.readline()
            message = _decode(line)
        except (ValueError, msgspec.MsgspecError):
            return None
        if isinstance(message, Progressed) and len(line) > _MAX_PROGRESS_BYTES:
            return None
        return message if message.item == item - self._first else None

    async def _death(self, item: int) -> Refused:
        self.is_alive = False
        returncode = await self._end()
        self.was_killed = not self._is_ended_by_us and returncode in _FROM_OUTSIDE
        log.info("media_child_died", returncode=returncode, stderr=await self._errors)
        return Refused(item, *_DEATHS.get(returncode, CRASHED))

    async def _end(self) -> int:
        """The return code of a child that is expected to exit, and is killed if it does not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_EXIT_SECONDS):
                return await self._wait()
        self._kill()
        return await self._wait()

    async def _wait(self) -> int:
        """The return code, which asyncio reports only once the output has been read to its end."""
        assert self._process.stdout is not None
        while await self._process.stdout.read(_MAX_PROGRESS_BYTES):
            pass
        return await self._process.wait()

    def _kill(self) -> None:
        """Kill the child's process group."""
        if self._process.returncode is None:
            self._is_ended_by_us = True
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


async def _read_tail(stream: asyncio.StreamReader | None) -> str:
    """The end of the child's stderr, for the log."""
    assert stream is not None
    tail = b""
    while chunk := await stream.read(_STDERR_BYTES):
        tail = (tail + chunk)[-_STDERR_BYTES:]
    return tail.decode(errors="replace")
