"""A process looks for a newer schema while it runs; what it finds is tested in tests/work/test_slots.py."""

import asyncio
from types import SimpleNamespace

import pytest

from pmd_service.base import schema


async def test_schema_is_checked_seldom_and_again_after_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[float | str] = []

    def note(what: float | str) -> None:
        done.append(what)
        if len(done) == 6:
            raise asyncio.CancelledError

    async def sleep(seconds: float) -> None:
        note(seconds)

    async def check(*_: object) -> None:
        note("check")
        raise ConnectionRefusedError

    monkeypatch.setattr(schema, "asyncio", SimpleNamespace(sleep=sleep))
    monkeypatch.setattr(schema.Schema, "check", check)
    with pytest.raises(asyncio.CancelledError):
        await schema.Schema().watch(None)  # type: ignore[arg-type] # nothing is asked of it
    assert done == [10.0, "check"] * 3
