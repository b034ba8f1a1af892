"""Background work of all kinds; these names are all that a new kind needs (CONTRIBUTING.md)."""

from .adding import add_work, drop_work
from .claimed import Claimed, LeaseLostError
from .context import WorkerContext
from .kind import Done, Failed, Kind, Outcome, PermanentError, Retry
from .queue import Queue

__all__ = [
    "Claimed",
    "Done",
    "Failed",
    "Kind",
    "LeaseLostError",
    "Outcome",
    "PermanentError",
    "Queue",
    "Retry",
    "WorkerContext",
    "add_work",
    "drop_work",
]
