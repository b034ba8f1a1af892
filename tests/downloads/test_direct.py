"""Downloads straight from the object store, by a redirect to an address that lives for a minute."""

import msgspec
import pytest
from yarl import URL

from pmd_service.base.settings import Settings
from pmd_service.demo.object_store import ObjectStore

from ..conftest import WorkOff
from ..site import Answer, Api, Site


@pytest.fixture
def vault_url(object_store: ObjectStore, request: pytest.FixtureRequest) -> str:
    return object_store.vault_url(f"direct-{request.node.name[:30].rstrip('_')}")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, vault_direct="on", archives="whole")


@pytest.fixture
def vault_kind() -> str:
    return "s3"


class Direct:
    """A ready download, requested as browsers and download managers do."""

    def __init__(self, api: Api, artist: int, location: str) -> None:
        self._api = api
        self._artist = artist
        self._path = f"{location}/download"

    async def get(self, method: str = "GET", *, follow: bool = True, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._api.call(method, self._path, user=self._artist, headers=named, allow_redirects=follow)


@pytest.fixture
async def direct(site: Site, api: Api, artist: int, work_off: WorkOff) -> Direct:
    accepted = await api.post("/api/pmd/bdr", {"post_ids": await site.add_posts(artist, 3)}, user=artist)
    await work_off()
    return Direct(api, artist, accepted.headers["Location"])


async def test_redirect_to_the_store_is_not_cached(direct: Direct, object_store: ObjectStore) -> None:
    answer = await direct.get(follow=False)
    assert (answer.status, answer.body) == (302, b"")
    assert answer.headers["Cache-Control"] == "private, no-store"
    location = URL(answer.headers["Location"])
    assert str(location.origin()) == object_store.endpoint
    assert int(location.query["X-Amz-Expires"]) <= 60


async def test_store_serves_the_archive_with_its_file_name(direct: Direct) -> None:
    answer = await direct.get()
    assert answer.status == 200
    assert answer.body.startswith(b"PK")
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="makapix-club-artworks-')


@pytest.mark.parametrize(
    "name", ["Müller 森 🗂️", '"100%25"; filename=other', "a+b & c"], ids=["signs", "quotes", "reserved"]
)
async def test_store_and_service_send_the_same_content_disposition(direct: Direct, site: Site, name: str) -> None:
    await site.pool.execute("UPDATE batch_download_requests SET name = $1", name)
    whole, here = await direct.get(), await direct.get("HEAD", follow=False)
    assert whole.headers["Content-Disposition"] == here.headers["Content-Disposition"]
    assert whole.headers["Content-Disposition"].isascii()


async def test_head_is_answered_without_the_store(direct: Direct) -> None:
    whole, head = await direct.get(), await direct.get("HEAD", follow=False)
    assert head.status == 200
    for name in ("Content-Length", "ETag", "Content-Type", "Content-Disposition", "Accept-Ranges"):
        assert head.headers[name] == whole.headers[name], name


async def test_page_of_another_origin_is_not_redirected_to_the_store(direct: Direct) -> None:
    answer = await direct.get(follow=False, Origin="https://app.example")
    assert (answer.status, answer.body) == (200, (await direct.get()).body)


async def test_resume_of_the_same_archive_redirects_to_the_store(direct: Direct) -> None:
    whole = await direct.get()
    for condition in ({}, {"If_Range": whole.headers["ETag"]}):
        assert (await direct.get(follow=False, Range="bytes=10-", **condition)).status == 302
        part = await direct.get(Range="bytes=10-", **condition)
        assert (part.status, part.body) == (206, whole.body[10:])


async def test_resume_with_another_etag_is_never_spliced(direct: Direct) -> None:
    """The store may not know If-Range, and would answer 206 for any value."""
    whole = await direct.get()
    for condition in ('"another"', f"W/{whole.headers['ETag']}", "Thu, 01 Jan 2026 00:00:00 GMT"):
        answer = await direct.get(follow=False, Range="bytes=10-", If_Range=condition)
        assert (answer.status, answer.body) == (200, whole.body), condition


async def test_conditions_and_bad_ranges_are_answered_without_the_store(direct: Direct) -> None:
    whole = await direct.get()
    size = len(whole.body)
    assert (await direct.get(follow=False, If_None_Match=whole.headers["ETag"])).status == 304
    assert (await direct.get(follow=False, If_Match='"another"')).status == 412
    refused = await direct.get(follow=False, Range=f"bytes={size}-")
    assert (refused.status, refused.headers["Content-Range"]) == (416, f"bytes */{size}")
    for odd in ("bytes=0-1,5-6", "nonsense"):
        assert (await direct.get(follow=False, Range=odd)).body == whole.body
