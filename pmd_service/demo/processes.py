"""The service's processes, started as an operator would."""

import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ..base.settings import Settings, environment
from .folder import PIDS

# Longer than server and worker take to stop (10 s each).
STOP_SECONDS = 15.0


class Child:
    """``pmd-admin serve`` or ``pmd-admin worker`` with its log in a file; stopped in order, restarted on demand.

    It leads a session of its own: the terminal's Ctrl-C is for us, and we stop the children one after the other.

    Args:
        program: what Python runs in place of ``-m pmd_service COMMAND``, as ``-m arq worker.MediaSettings``.
    """

    def __init__(self, command: str, folder: Path, settings: Settings, *, program: Sequence[str] | None = None) -> None:
        self.command = command
        self.python = Path(sys.executable)
        self._program = program or ("-m", "pmd_service", command)
        self.log = folder / "logs" / f"{command}.log"
        self._folder = folder
        self._pid_file = folder / PIDS / f"{command}.pid"
        self._environ = environment(settings)
        self._process: subprocess.Popen[bytes] | None = None

        for path in (self.log, self._pid_file):
            path.parent.mkdir(exist_ok=True)
        self.log.unlink(missing_ok=True)

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [self.python, *self._program],
                cwd=self._folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._pid_file.write_text(str(self._process.pid))

    @property
    def pid(self) -> int:
        assert self._process is not None, "it has not been started"
        return self._process.pid

    def ended(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._process.poll() if self._process else 0

    def how_it_ended(self) -> str | None:
        code = self.ended()
        if code is None:
            return None
        return f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"

    def last_words(self) -> str:
        """The log's last line."""
        lines = self.log.read_text(errors="replace").split("\n") if self.log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "no output")

    def kill(self) -> None:
        """As the kernel does when memory runs out."""
        assert self._process is not None, "it has not been started"
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self._pid_file.unlink(missing_ok=True)


def stop_together(*children: Child) -> None:
    """Stop all concurrently."""
    with ThreadPoolExecutor(len(children) or 1) as threads:
        list(threads.map(lambda child: child.stop(), children))
