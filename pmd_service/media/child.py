"""Running an engine on files in a child process that may die of them.

One child takes a whole batch, because starting one costs more than looking at a small file. It names each file before
it opens it; when it dies, the file it named last is guilty, and a fresh child goes on with the rest. One that was
killed from outside says little of the file: it is tried once more, in a child of its own.
"""

import asyncio
import os
import signal
import stat
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Self, TypeAlias, TypeVar

import msgspec

from ..base.telemetry import log
from ..base.trace import step
from .messages import Begun, Done, Faulted, Limits, Message, Order, Progress, Progressed, Refused, Work
from .spare import ChildFaultError, Spare, start

T = TypeVar("T")

Answer: TypeAlias = Done | Refused

_START_SECONDS = 60.0
_LAST_BREATH_SECONDS = 1.0
_STDERR_KEPT = 4096
_TOO_SLOW = ("too_slow", "This file takes longer to read than a file may take here.")
_CRASHED = ("crashed", "This file makes the program that reads it crash.")
# What somebody else sends: the kernel that is out of memory, or an operator. No decoder dies of these by itself.
_FROM_OUTSIDE = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}
# By return code, which is the signal's number below zero.
_DEATHS = {
    -signal.SIGXCPU: _TOO_SLOW,
    -signal.SIGXFSZ: ("result_too_large", "What would be made of this file is larger than a file may be here."),
}
# The codes of what a child has died of, or would have.
DEADLY = frozenset({_TOO_SLOW[0], _CRASHED[0], "result_too_large", "too_much_memory"})
_decode = msgspec.json.Decoder(Message).decode


async def run_one(engine: str, work: Work, *, folder: Path, limits: Limits, progress: Progress | None = None) -> Answer:
    """Run one file through an engine; cancelling this kills the child and whatever it has started.

    Raises:
        ChildFaultError: the child did not get as far as the file.
    """
    async with aclosing(run_batch(engine, [work], folder=folder, limits=limits, progress=progress)) as answers:
        async for answer in answers:
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
    """One answer for each file, in their order; ``folder`` is all that the child can write to.

    Close the iterator (``contextlib.aclosing``) to kill the child early.

    Args:
        spare: what has children of this engine ready.

    Raises:
        ChildFaultError: a child did not get as far as a file, or a disk failed under it.
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


def believed(answer: Answer, kind: type[T], folder: Path, names: Callable[[T], Sequence[str]]) -> T | Refused:
    """A child's word, checked: a file may have got hold of it, and would be us if we opened what it points to.

    Args:
        kind: what it should say; ``names`` are those of the files that it says it has made in ``folder``.
    """
    if isinstance(answer, Refused):
        return answer
    try:
        said = msgspec.json.decode(answer.value, type=kind)
        for name in names(said):
            require_plain_file(folder / name)
    except (msgspec.MsgspecError, OSError, ValueError):
        return Refused(answer.item, *_CRASHED)
    return said


def require_plain_file(path: Path) -> None:
    """Refuse what a child may have left in the place of a file: a link, a pipe, another file's second name.

    Raises:
        ValueError: it is not a file of its own.
        OSError: it is not there.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        raise ValueError(f"{path.name} is not a file of its own")


class _Child:
    """One process and the files that it was given, numbered from ``first``."""

    def __init__(self, order: Order, *, first: int, progress: Progress | None, spare: Spare | None) -> None:
        self._order = order
        self._first = first
        self._progress = progress
        self._spare = spare
        self.is_alive = True
        self.was_killed = False  # by somebody else
        self._is_ended_by_us = False

    async def __aenter__(self) -> Self:
        self._process = await (self._spare.take() if self._spare else start())
        self._errors = asyncio.create_task(_read_tail(self._process.stderr))
        assert self._process.stdin is not None
        with suppress(ConnectionError):  # it has died already, which reading will tell
            self._process.stdin.write(msgspec.json.encode(self._order) + b"\n")
            await self._process.stdin.drain()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._kill()
        self._errors.cancel()
        await asyncio.gather(self._errors, return_exceptions=True)
        await self._process.wait()

    async def answer(self, item: int) -> Answer:
        """What became of this file, be it the child's death."""
        await self._until_begun(item)
        try:
            async with asyncio.timeout(self._order.limits.wall_seconds):
                return await self._until_answered(item)
        except TimeoutError:
            self.is_alive = False
            return Refused(item, *_TOO_SLOW)

    async def _until_begun(self, item: int) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_START_SECONDS):
                if isinstance(await self._receive(item), Begun):
                    return
        raise ChildFaultError(f"ended with {await self._end()}: {await self._errors}")

    async def _until_answered(self, item: int) -> Answer:
        while True:
            match await self._receive(item):
                case Progressed(_, value, step):
                    if self._progress is not None:
                        self._progress(min(max(value, 0.0), 100.0), step[:80])
                case Done(_, value):
                    return Done(item, value)
                case Refused(_, code, message, detail):
                    log.info("media_refused", code=code[:40], detail=detail[:500])
                    return Refused(item, code[:40], message[:500])
                case Faulted(_, error):
                    raise ChildFaultError(error[:500])
                case _:
                    return await self._death(item)

    async def _receive(self, item: int) -> Message | None:
        """What it says next of this file; None where the child has ended, or says what it never says."""
        assert self._process.stdout is not None
        try:
            message = _decode(await self._process.stdout.readline())
        except (ValueError, msgspec.MsgspecError):
            return None
        return message if message.item == item - self._first else None

    async def _death(self, item: int) -> Refused:
        self.is_alive = False
        returncode = await self._end()
        self.was_killed = not self._is_ended_by_us and returncode in _FROM_OUTSIDE
        log.info("media_child_died", returncode=returncode, stderr=await self._errors)
        return Refused(item, *_DEATHS.get(returncode, _CRASHED))

    async def _end(self) -> int:
        """The return code of a child that speaks no more, which may be about to end, or be talking nonsense."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_BREATH_SECONDS):
                return await self._process.wait()
        self._kill()
        return await self._process.wait()

    def _kill(self) -> None:
        """End the child with every thread of it."""
        if self._process.returncode is None:
            self._is_ended_by_us = True
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


async def _read_tail(stream: asyncio.StreamReader | None) -> str:
    """What the child complained of last, for the log."""
    assert stream is not None
    kept = b""
    while chunk := await stream.read(_STDERR_KEPT):
        kept = (kept + chunk)[-_STDERR_KEPT:]
    return kept.decode(errors="replace")
