"""Operators' orders that have to wait, and those behind them."""

from typing import Any
from uuid import uuid4

import pytest

from pmd_service.base.database import Connection
from pmd_service.vault.leftovers import BeingRemovedError
from pmd_service.work import orders
from pmd_service.work.context import WorkerContext
from pmd_service.work.kind import Kind

from ..site import Site
from ..upkeep import run_step


async def test_orders_that_wait_keep_none_behind_them_waiting(
    site: Site, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(orders, "BATCH", 2)
    rows = [str(uuid4()) for _ in range(5)]
    waiting = set(rows[:4])
    original = orders._try

    async def try_one(connection: Connection, kind: Kind[Any], order: orders.Order) -> int | None:
        if order.row_id in waiting:
            raise BeingRemovedError
        return await original(connection, kind, order)

    monkeypatch.setattr(orders, "_try", try_one)
    for row in rows:
        await site.pool.execute(
            "INSERT INTO operator_log (via, action, kind, row_id) VALUES ('command', 'retry', 'bdr', $1)", row
        )
    pending = "SELECT count(*) FROM operator_log WHERE settled_at IS NULL"
    for left in (5, 5, 4):  # two a pass
        await run_step(worker, "operators_orders")
        assert await site.pool.fetchval(pending) == left
    waiting.clear()
    for _ in range(3):
        await run_step(worker, "operators_orders")
    assert await site.pool.fetchval(pending) == 0
