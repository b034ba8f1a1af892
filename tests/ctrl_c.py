"""SIGINT for the processes that tests start."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def heeded_ctrl_c() -> Iterator[None]:
    """Whoever runs the tests in the background has told them, and so their children, to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
