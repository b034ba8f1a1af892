"""Whatever counts before it writes waits for who is counting: no two pass a limit together, however they meet."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec
import pytest

from pmd_service.base.database import Connection, Pool
from pmd_service.base.settings import Settings

from .locks import waits_for_a_lock
from .site import Api, Site

LOCKS = {
    "downloads": "SELECT pg_advisory_xact_lock(x'626472'::int, $1)",
    "downloads that are tried again": "SELECT pg_advisory_xact_lock(x'626472'::int, $1)",
    "takeouts": "SELECT pg_advisory_xact_lock(x'626472'::int, $1)",
    "tasks": "SELECT pg_advisory_xact_lock(x'7461736b'::int, $1)",
    "tasks that are tried again": "SELECT pg_advisory_xact_lock(x'7461736b'::int, $1)",
    "exports": "SELECT pg_advisory_xact_lock(x'6578706f'::int, $1)",
    "links": "SELECT pg_advisory_xact_lock(x'6c696e6b'::int, $1)",
    "uploads": "SELECT pg_advisory_xact_lock(x'6c6962'::int, $1)",
    "uploads on one disk": "SELECT pg_advisory_xact_lock(x'75706c'::int, 0 * $1)",
}

_FAILED = """
INSERT INTO batch_download_requests
       (id, user_id, requested_by, post_ids, artwork_count, status, error_message, completed_at, allowance_at)
VALUES (gen_random_uuid(), $1, $1, $2, 1, 'failed', 'It failed.', now(), now()) RETURNING id
"""

_CANCELLED = """
INSERT INTO job (kind, user_id, requested_by, asset_id, params_json, status, completed_at)
VALUES ('upscale', $1, $1, $2, '{}', 'cancelled', now()) RETURNING id
"""

Ask = Callable[[int], Coroutine[Any, Any, Any]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, bdr_daily_limit=1, pack_daily_limit=1)


@pytest.fixture
async def send(site: Site, api: Api, what: str) -> Ask:
    """Asks for it, as a user with a post, a file and a pack."""

    async def send(user: int) -> Any:
        body: dict[str, Any]
        match what:
            case "downloads":
                path, body = "/api/pmd/bdr", {"post_ids": [await site.add_post(user)]}
            case "downloads that are tried again":
                bdr_id = await site.pool.fetchval(_FAILED, user, [await site.add_post(user)])
                return await api.call("POST", f"/api/pmd/bdr/{bdr_id}/retry", user=user)
            case "takeouts":
                await site.add_post(user)
                path, body = "/api/pmd/takeout", {}
            case "tasks":
                path, body = "/api/pmd/jobs", {"kind": "upscale", "asset_ids": [await site.add_asset(user)]}
            case "tasks that are tried again":
                job_id = await site.pool.fetchval(_CANCELLED, user, await site.add_asset(user))
                return await api.call("POST", f"/api/pmd/jobs/{job_id}/retry", user=user)
            case "exports" | "links":
                assets = [{"asset_id": await site.add_asset(user, approved=True)}]
                made = {"name": "Sea", "license_type": "royalty_free", "marks": "keep", "assets": assets}
                pack = (await api.post("/api/pmd/packs", made, user=user)).json["id"]
                path, body = f"/api/pmd/packs/{pack}/{'export' if what == 'exports' else 'links'}", {}
            case _:
                path, body = "/api/pmd/uploads", {"files": [{"path": "a.png", "size_bytes": 1}]}
        return await api.post(path, body, user=user)

    return send


_DONE = {200, 201, 202}


@pytest.mark.parametrize("what", LOCKS)
async def test_concurrent_counting_of_a_limit_is_serialized(site: Site, pool: Pool, send: Ask, what: str) -> None:
    artist, other = await site.add_user(), await site.add_user("other")
    async with pool.acquire() as counting:
        connection: Connection = counting
        async with connection.transaction():
            await connection.execute(LOCKS[what], artist)
            waiting = asyncio.create_task(send(artist))
            waits = await waits_for_a_lock(pool, waiting)
            if what != "uploads on one disk":
                assert (await asyncio.create_task(send(other))).status in _DONE, "other users do not wait"
    assert waits
    assert (await waiting).status in _DONE
