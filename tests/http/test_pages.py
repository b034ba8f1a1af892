"""Every list, read page by page, is the whole list: nothing twice, nothing left out, and an end."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from ..calls import CALLS
from ..scene import Scene
from ..site import Api, Site

COUNT = 4
_UPLOAD = """INSERT INTO batch_reports (user_id, requested_by, total_files, status, successful_files, failed_files,
                           completed_at) VALUES ($1, $1, 1, 'completed', 1, 0, now())"""
_IMPORT = """INSERT INTO imports (user_id, requested_by, asset_id, name, stage, status)
VALUES ($1, $1, $2, 'all.zip', 'report', 'completed')"""
_CHANGE = """INSERT INTO bulk_change (user_id, requested_by, action, request, found_count, changed_count, status,
                         completed_at)
VALUES ($1, $1, 'hide', '{"action": "hide", "filter": {}}', 1, 1, 'completed', now())"""
_SERIES = "INSERT INTO series (user_id, name) VALUES ($1, md5(random()::text))"


async def _import(scene: Scene) -> None:
    await scene.site.pool.execute(_IMPORT, scene.artist, await scene.add_archive(scene.artist))


# What adds one more of the artist's.
LISTS: dict[str, Callable[[Scene], Awaitable[object]]] = {
    "posts": lambda scene: scene.site.add_post(scene.artist, None),
    "assets": lambda scene: scene.site.add_asset(scene.artist),
    "assets/folders": lambda scene: scene.site.add_asset(scene.artist, original_path=f"{uuid4().hex}/a.png"),
    "drafts": lambda scene: scene.add_draft(scene.artist),
    "series": lambda scene: scene.site.pool.execute(_SERIES, scene.artist),
    "packs": lambda scene: scene.add_pack(scene.artist),
    "jobs": lambda scene: scene.add_job(scene.artist, "failed"),
    "uploads": lambda scene: scene.site.pool.execute(_UPLOAD, scene.artist),
    "imports": _import,
    "bdr": lambda scene: scene.add_bdr(scene.artist, "ready"),
    "takeout": lambda scene: scene.add_takeout(scene.artist, "ready"),
    "bulk-changes": lambda scene: scene.site.pool.execute(_CHANGE, scene.artist),
    "smart-folders": lambda scene: scene.add_smart_folder(scene.artist),
    "saved-views": lambda scene: scene.add_saved_view(scene.artist),
    "keys": lambda scene: scene.add_key(scene.artist),
    "sessions": lambda scene: scene.add_session(scene.artist),
}


@pytest.mark.parametrize("name", LISTS)
async def test_pages_of_a_list_are_the_whole_list(site: Site, api: Api, original: bool, name: str) -> None:
    path = f"/api/pmd/{name}"
    scene = await Scene.set(site, api, original=original)
    if f"GET {path}" not in scene.calls and f"GET {path}" in CALLS:
        pytest.skip("the site of others has no such list")
    for _ in range(COUNT):
        await LISTS[name](scene)

    async def page(**params: Any) -> tuple[list[dict[str, Any]], str | None]:
        answer = await api.get(path, user=scene.artist, params=params)
        assert answer.status == 200, answer
        return answer.json["items"], answer.json["next_cursor"]

    whole, end = await page()
    assert (len(whole) >= COUNT, end) == (True, None)
    found, cursor = await page(limit=3)
    while cursor is not None and len(found) <= len(whole):
        more, cursor = await page(limit=3, cursor=cursor)
        found += more
    assert found == whole
