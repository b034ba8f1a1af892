"""The scripts of docs/recipes, as they are, at a service with workers."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ..forked import ROOT
from ..hang import HANG_SECONDS
from ..site import Api, Site
from ..uploads.pictures import picture
from .conftest import Pmd, make_key

RECIPES = ROOT / "docs" / "recipes"
# As many as the page says, where a machine has the time (CI); otherwise more than one call takes.
PICTURES, POSTS = (600, 3000) if "CI" in os.environ else (140, 600)
LANGUAGES = {
    "events.py": [sys.executable],
    "events.mjs": ["node"],
    "events.sh": ["bash"],
    "events.pl": ["perl"],
}


async def run(pmd: Pmd, *command: str) -> str:
    """Runs it to its end, with workers beside it; what it prints."""
    environ = pmd.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    process = await asyncio.create_subprocess_exec(
        *command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    ending = asyncio.create_task(process.communicate())
    while not ending.done():
        await pmd.work_off()
        await asyncio.wait({ending}, timeout=0.1)
    output, _ = await ending
    assert process.returncode == 0, output.decode()
    return output.decode()


async def test_a_folder_is_uploaded_and_published_once(pmd: Pmd, site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "dragons"
    folder.mkdir()
    for number in range(PICTURES):
        (folder / f"{number:03}.png").write_bytes(picture(number))
    output = await run(pmd, sys.executable, str(RECIPES / "publish_folder.py"), str(folder), "dragons")
    published = [int(line.split()[0]) for line in output.splitlines() if line.endswith("published")]
    assert sum(published) == PICTURES
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE hashtags = '{dragons}'") == PICTURES
    again = await run(pmd, sys.executable, str(RECIPES / "publish_folder.py"), str(folder))
    assert "published" not in again
    assert await site.pool.fetchval("SELECT count(*) FROM posts") == PICTURES


async def test_thousands_of_posts_get_another_licence(pmd: Pmd, site: Site, artist: int) -> None:
    await site.pool.execute(
        "INSERT INTO posts (owner_id, title) SELECT $1, 'Sea ' || number FROM generate_series(1, $2) AS number",
        artist,
        POSTS,
    )
    output = await run(pmd, "sh", str(RECIPES / "relicense.sh"), "CC-BY-SA-4.0", "sea")
    assert output.splitlines() == [
        f"{POSTS:,} posts would be changed.",
        f"{POSTS} changed; undo it with: pmd posts undo 1",
    ]
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE license_id IS NOT NULL") == POSTS


async def test_a_nightly_mirror_follows(pmd: Pmd, site: Site, artist: int, tmp_path: Path) -> None:
    await site.add_posts(artist, 2)
    assert (await run(pmd, "sh", str(RECIPES / "nightly_mirror.sh"), str(tmp_path / "mirror"))).startswith("2 new")
    await site.add_posts(artist, 1)
    assert (await run(pmd, "sh", str(RECIPES / "nightly_mirror.sh"), str(tmp_path / "mirror"))).startswith("1 new")


@pytest.mark.parametrize("recipe", LANGUAGES)
async def test_events_arrive_until_the_key_is_revoked(pmd: Pmd, site: Site, api: Api, artist: int, recipe: str) -> None:
    (program,) = LANGUAGES[recipe]
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program} here")
    post = await site.add_post(artist)
    key_id, pmd.key = await make_key(api, artist)
    process = await asyncio.create_subprocess_exec(
        *(program, str(RECIPES / recipe)), env=pmd.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None

    async def until(name: str) -> str:
        assert process.stdout is not None
        while line := (await process.stdout.readline()).decode():
            if line.startswith(f"{name} "):
                return line
        raise EOFError(name)

    async with asyncio.timeout(HANG_SECONDS):
        await until("connected")
        await api.post("/api/pmd/action", {"action": "hide", "post_ids": [post]}, user=artist)
        assert f'"id":{post}' in await until("post_update")
        revoked = await api.call("DELETE", f"/api/pmd/keys/{key_id}", user=artist)
        assert revoked.status == 204
        await process.stdout.read()
        assert await process.wait() != 0
