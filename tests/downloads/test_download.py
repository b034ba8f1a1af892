"""The archive over HTTP: RFC 9110's ranges and conditions."""

import pytest

from ..conftest import WorkOff
from ..site import Answer, Api, Site


class Ready:
    """A ready archive, and the ways to get it."""

    def __init__(self, api: Api, artist: int, location: str) -> None:
        self.api = api
        self.artist = artist
        self.path = f"{location}/download"

    async def get(self, method: str = "GET", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.api.call(method, self.path, user=self.artist, headers=named)


@pytest.fixture
async def ready(site: Site, api: Api, work_off: WorkOff) -> Ready:
    artist = await site.add_user()
    posts = await site.add_posts(artist, 3)
    accepted = await api.post("/api/pmd/bdr", {"post_ids": posts}, user=artist)
    await work_off()
    return Ready(api, artist, accepted.headers["Location"])


async def test_archive_has_length_etag_ranges_and_file_name(ready: Ready) -> None:
    answer = await ready.get()
    assert answer.status == 200
    bdr_id = ready.path.split("/")[4]
    assert answer.headers["Content-Disposition"] == (f'attachment; filename="makapix-club-artworks-{bdr_id[:8]}.zip"')
    assert answer.headers["Content-Type"] == "application/zip"
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["ETag"].startswith('"')
    assert answer.headers["Last-Modified"].endswith("GMT")
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_head_has_the_same_headers_without_the_body(ready: Ready) -> None:
    whole, head = await ready.get(), await ready.get("HEAD")
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Length", "ETag", "Last-Modified", "Accept-Ranges", "Content-Disposition"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.stores
async def test_single_range_is_served_exactly(ready: Ready, subtests: pytest.Subtests) -> None:
    whole = (await ready.get()).body
    size = len(whole)
    for value, part, content_range in (
        ("bytes=0-9", slice(0, 10), "bytes 0-9/{size}"),
        ("bytes=10-", slice(10, None), "bytes 10-{last}/{size}"),
        ("bytes=-7", slice(-7, None), "bytes {last7}-{last}/{size}"),
        ("bytes=5-999999", slice(5, None), "bytes 5-{last}/{size}"),
        ("bytes=-999999", slice(0, None), "bytes 0-{last}/{size}"),
    ):
        with subtests.test(value):
            answer = await ready.get(Range=value)
            assert (answer.status, answer.body) == (206, whole[part])
            assert answer.headers["Content-Range"] == content_range.format(size=size, last=size - 1, last7=size - 7)


async def test_range_behind_the_end_answers_416_with_the_size(ready: Ready, subtests: pytest.Subtests) -> None:
    size = len((await ready.get()).body)
    for value in (f"bytes={size}-", "bytes=999999-", "bytes=-0", "bytes=9-5"):
        with subtests.test(value):
            answer = await ready.get(Range=value)
            assert answer.status == 416, answer
            assert answer.headers["Content-Range"] == f"bytes */{size}"
            assert answer.headers["Content-Type"] == "application/problem+json"


async def test_malformed_range_is_ignored(ready: Ready) -> None:
    whole = await ready.get()
    for value in ("bytes=0-1,5-6", "lines=1-2", "bytes=abc", "bytes=٣-٤", "nonsense"):
        answer = await ready.get(Range=value)
        assert (answer.status, answer.body) == (200, whole.body), value


@pytest.mark.stores
async def test_if_range_resumes_an_unchanged_archive_only(ready: Ready) -> None:
    whole = await ready.get()
    for unchanged in (whole.headers["ETag"], whole.headers["Last-Modified"]):
        answer = await ready.get(Range="bytes=10-", If_Range=unchanged)
        assert (answer.status, answer.body) == (206, whole.body[10:]), unchanged
    weak = f"W/{whole.headers['ETag']}"
    for changed in ('"another"', weak, "Thu, 01 Jan 2026 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT", "x"):
        answer = await ready.get(Range="bytes=10-", If_Range=changed)
        assert (answer.status, answer.body) == (200, whole.body), changed


@pytest.mark.stores
async def test_if_none_match_answers_304(ready: Ready) -> None:
    whole = await ready.get()
    for condition in (
        {"If_None_Match": whole.headers["ETag"]},
        {"If_None_Match": f'"another", W/{whole.headers["ETag"]}'},
        {"If_Modified_Since": whole.headers["Last-Modified"]},
    ):
        answer = await ready.get(**condition)
        assert (answer.status, answer.body) == (304, b""), condition
    assert (await ready.get(If_None_Match='"another"')).status == 200
    for condition in (
        {"If_Match": '"another"'},
        {"If_Match": f"W/{whole.headers['ETag']}"},  # compared strongly (RFC 9110 section 13.1.1)
        {"If_Unmodified_Since": "Thu, 01 Jan 2026 00:00:00 GMT"},
    ):
        assert (await ready.get(**condition)).status == 412, condition


@pytest.mark.stores
async def test_lost_archive_answers_410_and_can_be_rebuilt(ready: Ready, site: Site, work_off: WorkOff) -> None:
    whole = await ready.get()
    await lose_archives(site)
    answer = await ready.get()
    assert (answer.status, answer.headers["Content-Type"]) == (410, "application/problem+json")
    item = ready.path.removesuffix("/download")
    assert (await ready.api.get(item, user=ready.artist)).json["status"] == "expired"
    assert (await ready.get()).status == 410, "and from then on"
    # Without this the bytes may be the same again, and an object store has the same ETag for the same bytes.
    await site.pool.execute("UPDATE posts SET title = title || ' since then'")
    assert (await ready.api.post(f"{item}/retry", {}, user=ready.artist)).status == 200
    await work_off()
    again = await ready.get(Range="bytes=10-", If_Range=whole.headers["ETag"])
    assert (again.status, again.headers["ETag"] == whole.headers["ETag"]) == (200, False)
    assert again.body != whole.body


async def test_retry_finds_that_the_archive_was_lost(ready: Ready, site: Site) -> None:
    item = ready.path.removesuffix("/download")
    assert (await ready.api.post(f"{item}/retry", {}, user=ready.artist)).status == 409
    await lose_archives(site)
    assert (await ready.api.post(f"{item}/retry", {}, user=ready.artist)).status == 200


async def lose_archives(site: Site) -> None:
    for key in await site.keys():
        await site.stored.remove(key)


async def test_unfinished_request_answers_409(site: Site, api: Api) -> None:
    artist = await site.add_user()
    accepted = await api.post("/api/pmd/bdr", {"post_ids": [await site.add_post(artist)]}, user=artist)
    answer = await api.get(f"{accepted.headers['Location']}/download", user=artist)
    assert answer.status == 409
    assert "pending" in answer.json["detail"]
