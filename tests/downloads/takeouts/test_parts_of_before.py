"""Takeouts of before, which were cut into parts that are built one after another: they go on until they expire."""

import pytest

from ...site import Api, Site

TAKEOUT = "/api/pmd/takeout"

# As the release before inserts them.
_TAKEOUT = """
INSERT INTO takeouts (user_id, requested_by, include_comments, include_reactions, send_email, artwork_count, part_count)
VALUES ($1, $1, false, false, false, 5, 3)
RETURNING id
"""
_PART = """
INSERT INTO batch_download_requests (user_id, requested_by, post_ids, artwork_count, include_comments,
                                     include_reactions, takeout_id, part, name, next_attempt_at)
SELECT user_id, requested_by, $2::int[], cardinality($2::int[]), include_comments, include_reactions, id, $3::int,
       'Everything, part ' || $3::int || ' of ' || part_count, CASE WHEN $3::int = 1 THEN now() ELSE 'infinity' END
  FROM takeouts
 WHERE id = $1
"""


@pytest.fixture
async def artist(site: Site) -> int:
    return await site.add_user()


@pytest.fixture
async def takeout(site: Site, artist: int) -> str:
    """Where a takeout in three parts is told."""
    posts = await site.add_posts(artist, 5)
    takeout_id = await site.pool.fetchval(_TAKEOUT, artist)
    for number, some in enumerate((posts[:2], posts[2:4], posts[4:]), start=1):
        await site.pool.execute(_PART, takeout_id, some, number)
    return f"{TAKEOUT}/{takeout_id}"


async def test_a_part_begins_when_the_one_before_has_ended(site: Site, api: Api, artist: int, takeout: str) -> None:
    parts = (await api.get(takeout, user=artist)).json["parts"]
    due = "SELECT array_agg(part ORDER BY part) FROM batch_download_requests WHERE next_attempt_at <= now()"
    assert await site.pool.fetchval(due) == [1]
    assert (await api.post(f"/api/pmd/bdr/{parts[0]['id']}/cancel", None, user=artist)).status == 200
    assert await site.pool.fetchval(due) == [1, 2], "whatever ended it"
    assert (await api.call("DELETE", f"/api/pmd/bdr/{parts[1]['id']}", user=artist)).status == 204
    assert await site.pool.fetchval(due) == [1, 2, 3]
    assert (await api.post(f"/api/pmd/bdr/{parts[2]['id']}/cancel", None, user=artist)).status == 200
    assert (await api.get(TAKEOUT, user=artist)).json["items"][0]["status"] == "failed"


async def test_cancelling_ends_what_is_not_built_and_keeps_what_is(
    site: Site, api: Api, artist: int, takeout: str
) -> None:
    await site.pool.execute(
        """UPDATE batch_download_requests
              SET status = 'ready', file_path = 'bdr/x.zip', file_size_bytes = 1, completed_at = now(),
                  expires_at = now() + interval '1 day'
            WHERE part = 1"""
    )
    cancelled = (await api.post(f"{takeout}/cancel", None, user=artist)).json
    assert (cancelled["status"], cancelled["ready_parts"]) == ("cancelled", 1)
    assert [part["status"] for part in cancelled["parts"]] == ["ready", "failed", "failed"]
    assert (await api.post(f"{takeout}/cancel", None, user=artist)).status == 409


async def test_its_links_are_its_parts(site: Site, api: Api, artist: int, takeout: str) -> None:
    await site.pool.execute(
        """UPDATE batch_download_requests
              SET status = 'ready', file_path = 'bdr/x' || part || '.zip', file_size_bytes = 1, completed_at = now(),
                  expires_at = now() + interval '1 day'"""
    )
    told = (await api.get(takeout, user=artist)).json
    assert (told["status"], told["name"], told["download_url"]) == ("ready", None, None)
    assert all(part["download_url"] for part in told["parts"])
