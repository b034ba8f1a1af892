"""Work of each kind that has failed, as its workers leave it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from pmd_service.jobs import KINDS
from pmd_service.uploads import probe
from pmd_service.work import lease
from pmd_service.work.kind import Failed

from ..conftest import WorkOff
from ..packs.test_packs import PACKS
from ..site import Api, Site
from ..uploads.pictures import picture
from ..uploads.sender import Sender, announced

Fail = Callable[[Site, Api, WorkOff, int], Awaitable[object]]


async def fail_upload(site: Site, api: Api, work_off: WorkOff, artist: int) -> None:
    """A file whose probe was given up."""
    sender, data = Sender(api, artist), picture()
    (line,) = (await sender.announce(announced("boss.png", data))).json["files"]
    await sender.patch(line["url"], data, headers={"X-Request-ID": "an-upload"})
    await site.pool.execute("UPDATE work SET faults = 3")

    def breaks(*_: object, **_options: object) -> None:
        raise RuntimeError("the child could not be started")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "probe_files", breaks)
        await work_off()


async def fail_task(site: Site, api: Api, _work_off: WorkOff, artist: int) -> None:
    asset = await site.add_asset(artist, picture(), name="hero.png")
    body = {"asset_ids": [asset], "kind": "metadata_extract", "params": {}}
    await api.post("/api/pmd/jobs", body, user=artist)
    await give_up(site, "task", await site.pool.fetchval("SELECT max(id) FROM job"))


async def fail_downloads(site: Site, artist: int, number: int) -> None:
    """So many, only as rows."""
    await site.pool.execute(
        """WITH failed AS (
               INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, status,
                                                    error_message, completed_at)
               SELECT $1, $1, '{1}', 1, 'failed', 'It failed.', now() FROM generate_series(1, $2) RETURNING id)
           INSERT INTO work (kind, subject, user_id, title, state, error, next_step, ended_at)
           SELECT 'bdr', id::text, $1, '1 artwork', 'failed', 'It failed.', 'retry', now() FROM failed""",
        artist,
        number,
    )


async def fail_mail(site: Site, _api: Api, _work_off: WorkOff, artist: int) -> None:
    mail = await site.pool.fetchval(
        """INSERT INTO outbox (topic, user_id, about, deduplication_key)
           VALUES ('bdr_ready', $1, gen_random_uuid(), '1') RETURNING id""",
        artist,
    )
    await site.add_work("email", mail, artist, title="download ready")
    await give_up(site, "email", mail)


async def fail_pack(site: Site, api: Api, _work_off: WorkOff, artist: int) -> None:
    asset = await site.add_asset(artist, approved=True)
    body = {"name": "Sea", "license_type": "royalty_free", "marks": "keep", "assets": [{"asset_id": asset}]}
    pack = (await api.post(PACKS, body, user=artist)).json["id"]
    await api.post(f"{PACKS}/{pack}/export", {}, user=artist)
    await give_up(site, "export", await site.pool.fetchval("SELECT max(id) FROM job"))


async def fail_download(site: Site, api: Api, _work_off: WorkOff, artist: int) -> None:
    post = await site.add_post(artist)
    accepted = await api.post("/api/pmd/bdr", {"post_ids": [post]}, user=artist)
    await give_up(site, "bdr", accepted.json["id"])


async def give_up(site: Site, name: str, row_id: Any) -> None:
    """What the last of its retries ends in."""
    kind = next(kind for kind in KINDS if kind.name == name)
    claimed = await lease.claim(site.pool, kind)
    assert claimed is not None
    assert str(claimed.row.id) == str(row_id)
    await lease.fail(site.pool, kind, claimed, Failed(kind.gave_up_message, "gave_up"))


FAILURES: dict[str, tuple[Fail, str]] = {
    "probe": (fail_upload, "boss.png"),
    "task": (fail_task, "metadata extract · hero.png"),
    "email": (fail_mail, "download ready"),
    "export": (fail_pack, "Sea"),
    "bdr": (fail_download, "1 artwork"),
}
