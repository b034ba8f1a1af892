"""Series of one name stay apart in a takeout, and where it is imported."""

import hashlib
import json

import pytest

from ..conftest import WorkOff
from ..site import Api, Site
from ..uploads.pictures import picture
from .test_imports import DRAFTS, counts, keep, made, publish, reported, rewritten, taken_out, uploaded

pytestmark = pytest.mark.own_tables  # a site's posts are not made from here
SERIES = "/api/pmd/series"


@pytest.fixture
async def archive(site: Site, api: Api, work_off: WorkOff) -> bytes:
    """Two series “Coast”: one with a post, and one with another post and a draft."""
    artist = await site.add_user("artist")
    files = await uploaded(api, artist, work_off, {f"{name}.png": picture(at) for at, name in enumerate("abc")})
    series = [(await api.post(SERIES, {"name": "Coast"}, user=artist)).json["id"] for _ in range(2)]
    for name, own in zip("ab", series, strict=True):
        await publish(api, artist, files[f"{name}.png"], posts=[{"asset_id": files[f"{name}.png"], "title": name}])
        post = await site.pool.fetchval("SELECT id FROM posts WHERE title = $1", name)
        order = {"post_ids": [post]}
        assert (await api.call("PUT", f"{SERIES}/{own}/posts", user=artist, json=order)).status == 200
    (draft,) = (await api.post(DRAFTS, {"asset_ids": [files["c.png"]]}, user=artist)).json["items"]
    values = {"series_id": series[1]}
    assert (await api.call("PATCH", f"{DRAFTS}/{draft['draft_id']}", user=artist, json=values)).status == 200
    return await taken_out(site, api, artist, work_off)


async def of_each(site: Site, user: int) -> list[tuple[str, list[str], int]]:
    """Each series: its name, its posts, and how many drafts it has."""
    rows = await site.pool.fetch(
        """SELECT name, ARRAY(SELECT title FROM series_post JOIN posts ON posts.id = post_id
                               WHERE series_id = series.id ORDER BY position) AS posts,
                  (SELECT count(*) FROM draft WHERE series_id = series.id) AS drafts
             FROM series WHERE user_id = $1 ORDER BY id""",
        user,
    )
    return [(row["name"], row["posts"], row["drafts"]) for row in rows]


async def test_series_of_one_name_come_back_as_they_were(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    other = await site.add_user("other")
    assert (await api.post(SERIES, {"name": "Coast"}, user=other)).status == 201  # another one
    kept = await keep(site, other, archive)
    report = await reported(api, other, kept, work_off)
    assert counts(report)["series", "make", None] == 2
    assert (await made(api, other, report["id"], work_off))["failed_count"] == 0
    whole = [("Coast", [], 0), ("Coast", ["a"], 0), ("Coast", ["b"], 1)]
    assert await of_each(site, other) == whole
    again = await reported(api, other, kept, work_off)
    assert counts(again)["series", "present", None] == 2
    assert (await made(api, other, again["id"], work_off))["made_count"] == 0
    assert await of_each(site, other) == whole


async def test_a_series_of_a_name_of_its_own_joins_the_one_that_is_here(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    artist, other = (
        await site.pool.fetchval("SELECT id FROM users WHERE handle = 'artist'"),
        await site.add_user("other"),
    )
    await site.pool.execute(
        "UPDATE series SET name = 'Hills', description = 'Mine' WHERE id = (SELECT max(id) FROM series)"
    )
    alone = await taken_out(site, api, artist, work_off)
    assert (await api.post(SERIES, {"name": "Hills"}, user=other)).status == 201  # by hand
    report = await reported(api, other, await keep(site, other, alone), work_off)
    assert (counts(report)["series", "present", None], counts(report)["series", "make", None]) == (1, 1)
    done = await made(api, other, report["id"], work_off)
    assert done["failed_count"] == 0
    assert await of_each(site, other) == [("Hills", ["b"], 1), ("Coast", ["a"], 0)]
    # The takeout into its own account: the same series.
    own = await reported(api, artist, await keep(site, artist, alone), work_off)
    assert counts(own)["series", "present", None] == 2
    assert (await api.post(f"/api/pmd/imports/{report['id']}/undo", {}, user=other)).status == 202
    await work_off()
    assert [name for name, *_ in await of_each(site, other)] == ["Hills"], "that of before stays"


async def test_an_older_takeout_names_series_by_their_names_only(
    site: Site, api: Api, work_off: WorkOff, archive: bytes
) -> None:
    other = await site.add_user("other")
    report = await reported(api, other, await keep(site, other, without_ids(archive)), work_off)
    await made(api, other, report["id"], work_off)
    assert await of_each(site, other) == [("Coast", ["a", "b"], 1)]


def without_ids(data: bytes) -> bytes:
    """The takeout as it was before series had ids."""
    changed: dict[str, bytes] = {}

    def earlier(name: str, content: bytes) -> bytes:
        if name in ("data/series.jsonl", "data/posts.jsonl", "data/drafts.jsonl"):
            records = [json.loads(line) for line in content.splitlines()]
            for each in records:
                del each["id" if "series" in name else "series_id"]
            changed[name] = b"".join(json.dumps(each).encode() + b"\n" for each in records)
        if name == "pmd.json":  # the last one
            manifest = json.loads(content)
            for each in manifest["documents"]:
                if each["path"] in changed:
                    each["sha256"] = hashlib.sha256(changed[each["path"]]).hexdigest()
            return json.dumps(manifest).encode()
        return changed.get(name, content)

    return rewritten(data, earlier)
