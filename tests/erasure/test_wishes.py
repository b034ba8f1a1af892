"""An account ends by its owner's wish: typed, in a browser, with thirty days to take it back."""

from datetime import UTC, datetime, timedelta

import pytest

from pmd_service.erasure import erase, wishes
from pmd_service.erasure.erase import Erased
from pmd_service.identity.users import User
from pmd_service.vault.leftovers import sweep_leftovers
from pmd_service.work.context import WorkerContext

from ..site import Api, Site
from ..upkeep import run_step
from ..uploads.pictures import picture

pytestmark = pytest.mark.own_tables

ERASURE = "/api/pmd/erasure"


async def test_account_is_erased_after_thirty_days(site: Site, api: Api, worker: WorkerContext) -> None:
    artist, other = await site.add_user("artist"), await site.add_user("other")
    for user in (artist, other):
        await site.add_post(user, picture(user))
        await site.add_asset(user, picture(10 + user), name="a.png")
    answer = await api.call("PUT", ERASURE, user=artist, json={"handle": " @artist "})
    assert answer.status == 200, answer
    days = datetime.fromisoformat(answer.json["due_at"]) - datetime.now(UTC)
    assert timedelta(days=29) < days < timedelta(days=31)
    await run_step(worker, "erased_accounts")
    assert await site.pool.fetchval("SELECT count(*) FROM users WHERE id = $1", artist) == 1
    await site.pool.execute("UPDATE account_erasure SET due_at = now()")
    await run_step(worker, "erased_accounts")
    for table, column in (
        ("users", "id"),
        ("posts", "owner_id"),
        ("asset", "user_id"),
        ("account_erasure", "account_id"),
    ):
        assert await site.pool.fetchval(f"SELECT count(*) FROM {table} WHERE {column} = $1", artist) == 0, table
    assert await site.pool.fetchval("SELECT count(*) FROM posts WHERE owner_id = $1", other) == 1
    assert all(f"/{site.sqid(artist)}/" not in key for key in await site.keys(""))
    assert (await api.get(ERASURE, user=artist)).status == 401


async def test_account_is_kept_by_its_owner_until_its_day(site: Site, api: Api, worker: WorkerContext) -> None:
    artist = await site.add_user("artist")
    wished = (await api.call("PUT", ERASURE, user=artist, json={"handle": "artist"})).json
    again = (await api.call("PUT", ERASURE, user=artist, json={"handle": "artist"})).json
    assert again == wished == (await api.get(ERASURE, user=artist)).json
    assert (await api.call("DELETE", ERASURE, user=artist)).status == 204
    assert (await api.get(ERASURE, user=artist)).json == {"is_possible": True, "requested_at": None, "due_at": None}
    await run_step(worker, "erased_accounts")
    assert await site.pool.fetchval("SELECT count(*) FROM users WHERE id = $1", artist) == 1
    await api.call("PUT", ERASURE, user=artist, json={"handle": "artist"})
    await site.pool.execute("UPDATE account_erasure SET due_at = now()")
    assert (await api.call("DELETE", ERASURE, user=artist)).status == 409
    await run_step(worker, "erased_accounts")
    assert await site.pool.fetchval("SELECT count(*) FROM users WHERE id = $1", artist) == 0


async def test_account_ends_only_if_its_handle_is_typed(site: Site, api: Api, subtests: pytest.Subtests) -> None:
    artist = await site.add_user("artist")
    for handle in ("", "Artist", "artist2", "other"):
        with subtests.test(handle=handle):
            assert (await api.call("PUT", ERASURE, user=artist, json={"handle": handle})).status == 422
            assert await site.pool.fetchval("SELECT count(*) FROM account_erasure") == 0


async def test_neither_a_key_nor_a_moderator_ends_an_account(site: Site, api: Api) -> None:
    artist, moderator = await site.add_user("artist"), await site.add_user("mod", roles=["moderator"])
    target = {"target_sqid": site.sqid(artist)}
    refused = await api.call("PUT", ERASURE, user=moderator, json={"handle": "artist"}, params=target)
    assert refused.status == 403
    scopes = ["posts:read", "posts:delete", "library:delete"]
    made = await api.post("/api/pmd/keys", {"name": "A", "scopes": scopes, "expires_in_days": 1}, user=artist)
    key = {"Authorization": f"Bearer {made.json['secret']}"}
    refused = await api.call("PUT", ERASURE, headers=key, json={"handle": "artist"})
    assert refused.status == 403, refused
    assert await site.pool.fetchval("SELECT count(*) FROM account_erasure") == 0


async def test_interrupted_erasure_of_an_account_goes_on(
    site: Site, api: Api, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    artist = await site.add_user("artist")
    await site.add_post(artist, picture(1))
    await api.call("PUT", ERASURE, user=artist, json={"handle": "artist"})
    await site.pool.execute("UPDATE account_erasure SET due_at = now()")

    async def cut_off(_pool: object, _vault: object, user: User) -> Erased:
        await site.pool.execute("DELETE FROM users WHERE id = $1", user.id)
        raise ConnectionError

    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(wishes, "erase_user", cut_off)
        await run_step(worker, "erased_accounts")
    assert await site.pool.fetchval("SELECT count(*) FROM account_erasure") == 1
    await run_step(worker, "erased_accounts")
    assert await site.pool.fetchval("SELECT count(*) FROM account_erasure") == 0


@pytest.mark.parametrize("step", ["written_for", "_sweep"])
async def test_interrupted_erasure_leaves_no_object_that_nothing_names(
    site: Site, api: Api, worker: WorkerContext, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    artist = await site.add_user("artist")
    await site.add_post(artist, picture(1))
    await site.add_asset(artist, picture(2), name="a.png")
    await api.call("PUT", ERASURE, user=artist, json={"handle": "artist"})
    await site.pool.execute("UPDATE account_erasure SET due_at = now()")

    async def cut_off(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(erase, step, cut_off)
        await run_step(worker, "erased_accounts")
    await run_step(worker, "erased_accounts")
    await sweep_leftovers(worker.pool, worker.vault)
    assert await site.keys("") == []
    assert await site.pool.fetchval("SELECT count(*) FROM users WHERE id = $1", artist) == 0
