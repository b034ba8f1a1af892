"""Moderators' actions are written to the site's own audit log, where the map defines it (SPEC section 14)."""

import asyncpg
import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.site.attach import attach
from pmd_service.site.site_map import SiteMap

from ..site import Api
from .test_attach import findings

ARTIST, MODERATOR = 1, 2
FOR_ARTIST = "/api/pmd/action?target_sqid=Uk"

TRAIL = """
SELECT actor_id, action, target_type, target_id, reason_code, note FROM public.audit_logs
"""


@pytest.fixture
async def moderated(beside: Api, owner: asyncpg.Connection) -> Api:
    await owner.execute("INSERT INTO hands.users (handle, roles) VALUES ('mod', '[\"moderator\"]')")
    return beside


async def test_moderators_batch_is_one_row_in_the_sites_audit_log(moderated: Api, owner: asyncpg.Connection) -> None:
    body = {"action": "hide", "post_ids": [2, 1], "reason": "Copied."}
    assert (await moderated.post(FOR_ARTIST, body, user=MODERATOR)).status == 200
    rows = [tuple(row) for row in await owner.fetch(TRAIL)]
    assert rows == [(MODERATOR, "pmd_batch_hide", "user", str(ARTIST), None, "Copied. (posts 2, 1)")]
    ours = (await moderated.get("/api/pmd/audit", user=MODERATOR)).json["items"]
    assert [(entry["action"], entry["post_ids"]) for entry in ours] == [("hide", [2, 1])]


async def test_own_and_failed_actions_are_not_audited(moderated: Api, owner: asyncpg.Connection) -> None:
    assert (await moderated.post("/api/pmd/action", {"action": "hide", "post_ids": [1]}, user=ARTIST)).status == 200
    refused = await moderated.post(FOR_ARTIST, {"action": "hide", "post_ids": [1, 999]}, user=MODERATOR)
    assert refused.status == 400
    assert await owner.fetch(TRAIL) == []


async def test_audit_has_the_mapped_columns_only(moderated: Api, owner: asyncpg.Connection) -> None:
    answer = await moderated.post("/api/pmd/bdr?target_sqid=Uk", {"post_ids": [1]}, user=MODERATOR)
    assert answer.status == 202
    assert await owner.fetch(TRAIL) == []
    body = {"action": "hide", "post_ids": [1]}
    assert (await moderated.post(FOR_ARTIST, body, user=MODERATOR)).status == 200
    assert [row["note"] for row in await owner.fetch(TRAIL)] == ["(posts 1)"], "without a reason"


async def test_only_the_service_writes_the_sites_audit_log(moderated: Api, owner: asyncpg.Connection) -> None:
    _ = moderated
    function = "pmd.site_audit(integer, text, integer, integer[], text)"
    assert not await owner.fetchval("SELECT has_function_privilege('public', $1, 'EXECUTE')", function)
    async with owner.transaction():
        await owner.execute("SET LOCAL ROLE pmd")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with owner.transaction():
                await owner.execute("INSERT INTO public.audit_logs (actor_id, action) VALUES (1, 'x')")


async def test_audit_without_a_mapped_statement_is_local(
    moderated: Api, owner: asyncpg.Connection, site_map: SiteMap
) -> None:
    await attach(owner, msgspec.structs.replace(site_map, audit=None))
    body = {"action": "hide", "post_ids": [1]}
    assert (await moderated.post(FOR_ARTIST, body, user=MODERATOR)).status == 200
    assert await owner.fetch(TRAIL) == []


async def test_site_check_finds_an_audit_log_that_refuses_rows(
    moderated: Api, owner: asyncpg.Connection, service_url: str, settings: Settings
) -> None:
    _ = moderated
    await owner.execute("ALTER TABLE public.audit_logs ALTER COLUMN reason_code SET NOT NULL")
    errors = await findings(service_url, settings)
    assert "reason_code" in (errors["posts, by a moderator: hide"] or "")
    assert errors["posts: hide"] is None
