"""The child's own program: ``python -I -m pmd_service.media.entry [ENGINE] PARENT``, one :class:`Order` on its input.

Runs each file through the engine, saying its number first, and says what became of it. Never started by hand.
"""

import os
import resource
import signal
import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import IO

import msgspec

from . import sandbox
from .messages import PASSING, Begun, Done, Faulted, Limits, Message, Order, Progressed, RefusalError, Refused, Work

PROGRESS_STEP = 0.5
NICENESS = 10
TOO_MUCH_MEMORY = ("too_much_memory", "This file needs more memory than a file may have here.")
DETAIL = 500
BROKEN = ("broken", "This file is damaged, or not what it says it is: it cannot be read.")


def main() -> None:
    *wanted, parent = sys.argv[1:]
    sandbox.die_with_parent(int(parent))
    # Somebody waits for a page or a download, and nobody for a video's next picture.
    os.nice(NICENESS)
    for name in wanted:
        import_module(name)
    order = msgspec.json.decode(sys.stdin.buffer.readline(), type=Order)
    with _take_standard_output() as said:
        sandbox.limit(order.limits, works=len(order.works))
        # Before the door is shut: an engine that is not installed is an operator's matter and no file's fault.
        engine = import_module(order.engine)
        _lay_out(order.works)
        sandbox.shut(
            readable=[Path(source) for work in order.works for source in (work.source, *work.more)],
            writable=Path(order.folder),
        )
        _Runner(engine, said, order.limits).run(order.works)


def _take_standard_output() -> IO[bytes]:
    """Messages alone go to the service; what a library prints goes where its errors go."""
    said = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    return said


def _lay_out(works: list[Work]) -> None:
    """The files that engines may write: a child that a file has taken over can fill no disk with more of them."""
    for work in works:
        folder = Path(work.folder)
        folder.mkdir(parents=True, exist_ok=True)
        for name in work.makes:
            (folder / name).touch()


class _Runner:
    def __init__(self, engine: ModuleType, said: IO[bytes], limits: Limits) -> None:
        self._engine = engine
        self._said = said
        self._limits = limits

    def run(self, works: list[Work]) -> None:
        for item, work in enumerate(works):
            self._tell(Begun(item))
            self._allow_processor_time()
            self._tell(self._answer(item, work))

    def _answer(self, item: int, work: Work) -> Message:
        told = -PROGRESS_STEP

        def progress(value: float, step: str) -> None:
            nonlocal told
            if value - told >= PROGRESS_STEP:
                told = value
                self._tell(Progressed(item, value, step))

        try:
            value = self._engine.run(work, progress)
        except RefusalError as refusal:
            return Refused(item, refusal.code, str(refusal))
        except MemoryError as error:
            return Refused(item, *TOO_MUCH_MEMORY, detail=_tell_apart(error))
        except Exception as error:
            if isinstance(error, OSError) and error.errno in PASSING:
                return Faulted(item, _tell_apart(error))
            # Decoders of a hundred formats have a hundred ways to say that a file is no good.
            return Refused(item, *BROKEN, detail=_tell_apart(error))
        return Done(item, msgspec.Raw(msgspec.json.encode(value)))

    def _allow_processor_time(self) -> None:
        """Each file has its own processor time: the soft limit moves on, the hard one is the whole batch's."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        until = int(usage.ru_utime + usage.ru_stime) + self._limits.cpu_seconds
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (min(until, hard), hard))

    def _tell(self, message: Message) -> None:
        self._said.write(msgspec.json.encode(message) + b"\n")


def _tell_apart(error: Exception) -> str:
    """The error and the place in an engine where it came up."""
    places = traceback.extract_tb(error.__traceback__)[-3:]
    return f"{type(error).__name__}: {error} ({' < '.join(f'{p.name}:{p.lineno}' for p in reversed(places))})"[:DETAIL]


if __name__ == "__main__":
    # Python ignores this one by default, and a write that fails would be taken for a broken disk.
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    main()
