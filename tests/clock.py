"""An application whose clock is wrong, while the database's is right."""

import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from types import ModuleType

import pytest

# Tokens are the site's, and it is as wrong as we are: their times are the application's (docs/configuration.md).
_OURS = ("pmd_service", "tests.site", "arq")


def set_clock(monkeypatch: pytest.MonkeyPatch, away: timedelta) -> None:
    """Let this process believe that it is so much later, or earlier, than it is."""
    right = time.time

    def now() -> float:
        return right() + away.total_seconds()

    class Clock(datetime):
        """A datetime whose now is ours; everything else is a plain one."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(now(), tz)

    monkeypatch.setattr(time, "time", now)
    for name, module in list(sys.modules.items()):
        if name.startswith(_OURS):
            _set(monkeypatch, module, "datetime", datetime, Clock)
            _set(monkeypatch, module, "time", right, now)


def _set(
    monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str, right: object, wrong: type | Callable[[], float]
) -> None:
    if getattr(module, name, None) is right:
        monkeypatch.setattr(module, name, wrong)
