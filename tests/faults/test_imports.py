"""Importers that are killed: the next one goes on behind the last group, and nothing is there twice."""

import json
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pmd_service.imports.run import IMPORTS

from ..conftest import WorkOff
from ..imports.test_forms import packed
from ..imports.test_imports import IMPORTS as CALLS
from ..imports.test_imports import archive, keep, made, reported
from ..packs.test_packs import PACKS
from ..site import Api, Site
from ..uploads.pictures import picture
from .conftest import Crew, Ward
from .doomed_importer import MAKING_STEPS, REPORT_STEPS, TOGETHER, UNDOING_STEPS
from .test_tasks import files_left, files_named

pytestmark = pytest.mark.own_tables  # a site's posts are not made from here
__all__ = ["archive"]
FILES, POSTS = 3, TOGETHER + 5
MADE_BY_THEN = {
    "files made": FILES,
    "posts stored": FILES,
    "about to commit": FILES,
    "posts made": TOGETHER,
    "a group made": TOGETHER,
}


def folder() -> bytes:
    """More posts than one group has, and files without a date."""
    begin, contents = datetime(2020, 1, 1, tzinfo=UTC), dict[str, bytes]()
    for number in range(FILES + POSTS):
        date = {} if number < FILES else {"date": f"{begin + timedelta(days=number):%Y-%m-%d}"}
        contents[f"{number}.png"] = picture(number)
        contents[f"{number}.png.json"] = json.dumps({"title": f"Day {number}", **date}).encode()
    return packed(contents)


async def state_of(api: Api, user: int, import_id: int) -> dict[str, Any]:
    found: dict[str, Any] = (await api.get(f"{CALLS}/{import_id}", user=user)).json
    return found


async def counted(site: Site, artist: int) -> tuple[int, int]:
    """The posts and the pictures of the library."""
    posts = "SELECT count(*) FROM posts WHERE owner_id = $1 AND NOT deleted_by_user"
    files = "SELECT count(*) FROM asset WHERE user_id = $1 AND deleted_at IS NULL AND type = 'image'"
    return await site.pool.fetchval(posts, artist), await site.pool.fetchval(files, artist)


@pytest.mark.parametrize("step", REPORT_STEPS)
async def test_report_of_a_killed_worker_is_made_once_more(
    site: Site, api: Api, crew: Crew, ward: Ward, work_off: WorkOff, step: str
) -> None:
    artist = await site.add_user("artist")
    accepted = await api.post(CALLS, {"asset_id": await keep(site, artist, folder())}, user=artist)
    assert await crew.doom(step, "kill", who="doomed_importer").ended() == -signal.SIGKILL
    assert (await state_of(api, artist, accepted.json["id"]))["report"]["counts"] == []
    await ward.recover_jobs(IMPORTS)
    await work_off()
    report = await state_of(api, artist, accepted.json["id"])
    assert (report["status"], report["item_count"]) == ("completed", FILES + POSTS + 1)
    assert await site.pool.fetchval("SELECT count(*) FROM import_item") == FILES + POSTS + 1


@pytest.mark.parametrize("step", MAKING_STEPS)
async def test_import_killed_at_any_step_goes_on_and_doubles_nothing(
    site: Site, api: Api, crew: Crew, ward: Ward, work_off: WorkOff, step: str
) -> None:
    artist = await site.add_user("artist")
    report = await reported(api, artist, await keep(site, artist, folder()), work_off)
    assert (await api.post(f"{CALLS}/{report['id']}/start", {}, user=artist)).status == 202
    assert await crew.doom(step, "kill", who="doomed_importer").ended() == -signal.SIGKILL
    killed, there = await state_of(api, artist, report["id"]), sum(await counted(site, artist))
    assert killed["made_count"] == there
    assert there == MADE_BY_THEN.get(step, 0)
    await ward.recover_jobs(IMPORTS)
    await work_off()
    done = await state_of(api, artist, report["id"])
    assert (done["status"], done["made_count"], done["failed_count"]) == ("completed", FILES + POSTS, 0)
    assert await counted(site, artist) == (POSTS, FILES)
    titles = await site.pool.fetchval("SELECT count(DISTINCT title) FROM posts WHERE owner_id = $1", artist)
    assert titles == POSTS
    published = {row[0] for row in await site.pool.fetch("SELECT substr(art_url, 8) FROM posts")}
    assert await files_left(site, ward) == await files_named(site) | published


async def test_importer_that_wakes_after_another_one_makes_nothing(
    site: Site, api: Api, crew: Crew, ward: Ward, work_off: WorkOff
) -> None:
    artist = await site.add_user("artist")
    report = await reported(api, artist, await keep(site, artist, folder()), work_off)
    assert (await api.post(f"{CALLS}/{report['id']}/start", {}, user=artist)).status == 202
    frozen = crew.doom("unpacked", "freeze", who="doomed_importer")
    await frozen.frozen()
    await ward.recover_jobs(IMPORTS)
    assert await crew.doom("a group made", "kill", who="doomed_importer").ended() == -signal.SIGKILL
    frozen.send(signal.SIGCONT)
    await frozen.until_logged("import_lease_lost")
    frozen.send(signal.SIGKILL)  # it would take the next ticket
    assert await frozen.ended() == -signal.SIGKILL
    assert sum(await counted(site, artist)) == TOGETHER
    await ward.recover_jobs(IMPORTS)
    await work_off()
    assert await counted(site, artist) == (POSTS, FILES)


@pytest.mark.parametrize("step", UNDOING_STEPS)
async def test_killed_undo_goes_on_and_takes_back_everything(
    site: Site, api: Api, crew: Crew, ward: Ward, work_off: WorkOff, archive: bytes, step: str
) -> None:
    """Of a setting, a pack, posts, then files: each is taken back with its record, or not yet."""
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, archive), work_off)
    before = await made(api, other, report["id"], work_off)
    assert (await api.post(f"{CALLS}/{report['id']}/undo", None, user=other)).status == 202
    assert await crew.doom(step, "kill", who="doomed_importer").ended() == -signal.SIGKILL
    killed = await state_of(api, other, report["id"])
    packs = (await api.get(PACKS, user=other)).json["total_count"]
    assert (packs, killed["made_count"]) == (1, before["made_count"] - (step != "settled"))
    assert killed["progress"] == (0 if step == "settled" else pytest.approx(100 / before["made_count"], abs=0.5))
    await ward.recover_jobs(IMPORTS)
    await work_off()
    undone = await state_of(api, other, report["id"])
    assert (undone["status"], undone["progress"], undone["made_count"]) == ("completed", 100, 0)
    assert await counted(site, other) == (0, 0)
    states = await site.pool.fetch("SELECT DISTINCT state FROM import_item WHERE made_id IS NOT NULL")
    assert [row["state"] for row in states] == ["undone"]
