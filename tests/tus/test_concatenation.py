"""tus's extension concatenation, rule by rule, and what its parts are here."""

import asyncio
import hashlib
from typing import Any
from uuid import uuid4

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.uploads import quota
from pmd_service.uploads.sweep import fail_unstarted
from pmd_service.vault import Vault

from ..conftest import WorkOff
from ..site import Api, Site
from ..uploads.conftest import add_known
from ..uploads.pictures import picture
from .conftest import Client, named, received, reserved

NAME = named()["Upload-Metadata"]
PART = f"/api/pmd/uploads/{uuid4()}/files/{uuid4()}"


async def finished(client: Client, *urls: str, **more: str | None) -> Any:
    return await client.create(
        Upload_Concat=f"final;{' '.join(urls)}", Upload_Metadata=more.pop("metadata", NAME), **more
    )


@pytest.mark.stores
async def test_parts_are_concatenated_in_the_order_of_the_header(client: Client, pool: Pool, stored: Vault) -> None:
    first, second, third = [await client.part(data) for data in (b"0123", b"", b"456789")]
    answer = await finished(client, first, second, third)
    assert answer.status == 201
    url = answer.headers["Location"]
    assert await received(stored, url) == b"0123456789"
    head = await client.ask("HEAD", url)
    assert (head.status, head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (200, "10", "10")
    assert head.headers["Upload-Concat"] == f"final;{first} {second} {third}"
    assert head.headers["Upload-Metadata"] == NAME, "its own, and not its parts'"
    assert await pool.fetchval("SELECT is_received FROM batch_report_files"), "it may be looked at"


@pytest.mark.stores
async def test_a_picture_in_parts_comes_into_the_library(
    client: Client, pool: Pool, work_off: WorkOff, site: Site
) -> None:
    data = picture()
    parts = [await client.part(data[:50]), await client.part(data[50:])]
    assert (await finished(client, *parts)).status == 201
    await work_off()
    assert await pool.fetchval("SELECT hash FROM asset") == hashlib.sha256(data).hexdigest()
    assert await site.keys("incoming/") == []


async def test_head_of_a_part_has_upload_concat_length_and_offset(client: Client) -> None:
    url = await client.address(b"01", Upload_Length="4", Upload_Concat="partial", Upload_Metadata="note YQ==")
    head = await client.ask("HEAD", url)
    assert (head.headers["Upload-Concat"], head.headers["Upload-Offset"]) == ("partial", "2")
    assert (head.headers["Upload-Length"], head.headers["Upload-Metadata"]) == ("4", "note YQ==")
    assert (await client.patch(url, b"23", 2)).status == 204
    assert await client.offset(url) == 4


async def test_a_file_of_parts_takes_no_bytes_of_its_own(client: Client, stored: Vault) -> None:
    part = await client.part(b"0123")
    assert (await finished(client, part)).status == 201
    other = await client.part(b"0123")
    refused = await client.create(b"45", Upload_Concat=f"final;{other}", Upload_Metadata=NAME)
    assert refused.status == 403
    answer = await finished(client, other)
    for data, offset in ((b"45", 4), (b"", 4), (b"45", 0)):
        assert (await client.patch(answer.headers["Location"], data, offset)).status == 403
    assert await received(stored, answer.headers["Location"]) == b"0123"


async def test_a_final_upload_with_a_length_is_refused(client: Client) -> None:
    part = await client.part(b"0123")
    assert (await finished(client, part, Upload_Length="4")).status == 400
    assert (await finished(client, part)).status == 201


async def test_a_part_that_is_not_whole_makes_no_file_yet(client: Client) -> None:
    """``concatenation-unfinished`` is not offered."""
    whole = await client.part(b"0123")
    other = await client.address(Upload_Length="6", Upload_Concat="partial")
    deferred = await client.address(b"45", Upload_Defer_Length="1", Upload_Concat="partial")
    assert (await finished(client, whole, other)).status == 409
    assert (await finished(client, whole, deferred)).status == 409
    assert (await client.patch(other, b"456789")).status == 204
    assert (await client.patch(deferred, b"", 2, Upload_Length="2")).status == 204
    assert (await finished(client, whole, other, deferred)).status == 201


async def test_addresses_may_be_absolute(client: Client, api: Api) -> None:
    part = await client.part(b"0123")
    assert (await finished(client, str(api.root.join(api.root.with_path(part))))).status == 201


NO_PARTS = [
    "other",
    "final",
    "final;",
    "final; ",
    "final;x",
    "final;/api/pmd/uploads/tus",
    "partial;",
    f"final;/é{PART}",
]


async def test_what_names_no_parts_is_refused(client: Client, subtests: pytest.Subtests) -> None:
    for concat in NO_PARTS:
        with subtests.test(concat=concat):
            answer = await client.create(Upload_Concat=concat, Upload_Length=None, Upload_Metadata=NAME)
            assert (answer.status, answer.json["errors"][0]["path"]) == (400, "Upload-Concat")


async def test_only_ones_own_parts_become_a_file_and_each_once(client: Client, site: Site, api: Api) -> None:
    part = await client.part(b"0123")
    stranger = Client(api, await site.add_user("stranger"))
    assert (await finished(stranger, part)).status == 404
    assert (await finished(client, part[:-3] + "000")).status == 404
    assert (await finished(client, await client.file())).status == 404, "a file is no part"
    assert (await finished(client, part, part)).status == 400
    assert (await finished(client, part)).status == 201
    assert (await finished(client, part)).status == 404, "it has become a file"
    assert (await client.ask("HEAD", part)).status == 404


async def test_two_files_of_the_same_parts_at_once_are_one(client: Client, pool: Pool, site: Site) -> None:
    part = await client.part(b"0123")
    answers = await asyncio.gather(*(finished(client, part) for _ in range(2)))
    assert sorted(answer.status for answer in answers) in ([201, 404], [201, 409])
    assert await pool.fetchval("SELECT count(*) FROM batch_report_files") == 1
    assert len(await site.keys("incoming/")) == 1


@pytest.mark.parametrize(
    ("metadata", "status"),
    [
        (named("a.html"), 422),
        (named("../a.png"), 422),
        (named(upload="x"), 400),
        (named(upload="8d0a8f0e-0d0f-4b0c-9a52-6f8f3a0b1c2d"), 404),
        ({"Upload-Metadata": "a YQ=="}, 400),
    ],
)
async def test_what_would_not_get_in_is_refused_and_the_parts_stay(
    client: Client, pool: Pool, site: Site, metadata: dict[str, str], status: int
) -> None:
    part = await client.part(b"0123")
    assert (await finished(client, part, metadata=metadata["Upload-Metadata"])).status == status
    assert await client.offset(part) == 4
    assert len(await site.keys("incoming/")) == 1, "what was put together is gone"
    nothing = await client.part(b"")
    assert (await finished(client, nothing)).status == 422, "an empty file"


async def test_a_final_upload_belongs_to_the_upload_of_its_metadata(client: Client) -> None:
    upload_id = (await client.file()).split("/")[4]
    part = await client.part(b"0123")
    metadata = named("b.png", upload=upload_id)["Upload-Metadata"]
    assert (await finished(client, part, metadata=metadata)).headers["Location"].split("/")[4] == upload_id


async def test_a_file_of_parts_that_the_library_has_already_is_in_at_once(
    client: Client, pool: Pool, artist: int, site: Site
) -> None:
    await add_known(pool, artist, b"0123")
    part = await client.part(b"0123")
    known = named(sha256=hashlib.sha256(b"0123").hexdigest())["Upload-Metadata"]
    assert (await finished(client, part, metadata=known)).headers["Upload-Offset"] == "4"
    assert await pool.fetchval("SELECT processing_status FROM batch_report_files") == "success"
    assert await site.keys("incoming/") == []


async def test_uploads_of_parts_are_not_listed(client: Client, api: Api) -> None:
    part = await client.part(b"0123")
    assert (await api.get("/api/pmd/uploads", user=client.user)).json["total_count"] == 0
    assert (await api.get(part.partition("/files/")[0], user=client.user)).status == 404
    for _ in range(5):
        await client.part(b"0123")
    assert (await client.create(Upload_Length="4", Upload_Metadata=NAME)).status == 201, "nor do they count as any"


async def test_parts_reserve_room_and_hand_it_on(client: Client, pool: Pool) -> None:
    parts = [await client.part(b"0123"), await client.part(b"456789")]
    assert await reserved(pool) == (2, 10)
    assert (await finished(client, *parts)).status == 201
    assert await reserved(pool) == (1, 10)


async def test_a_full_library_takes_no_parts_but_the_file_that_they_become(
    client: Client, pool: Pool, settings: Settings
) -> None:
    part = await client.part(b"0123")
    await pool.execute("UPDATE library_usage SET size_bytes = $1", settings.library_max_bytes - 4)
    full = await client.create(b"4", Upload_Length="1", Upload_Concat="partial")
    assert (full.status, full.json["type"]) == (422, "urn:pmd:problem:library-full")
    assert (await finished(client, part)).status == 201


async def test_a_user_has_a_maximum_of_open_parts(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quota, "MAX_OPEN_PARTS", 2)
    parts = [await client.part(b"0123") for _ in range(2)]
    answer = await client.create(Upload_Length="4", Upload_Concat="partial")
    assert (answer.status, answer.json["type"]) == (429, "urn:pmd:problem:open-parts")
    await client.ask("DELETE", parts[0])
    await client.part(b"0123")
    too_large = await client.create(Upload_Length=str((2 << 30) + 1), Upload_Concat="partial")
    assert too_large.status == 413


async def test_parts_that_are_not_sent_free_their_reservation(client: Client, pool: Pool, settings: Settings) -> None:
    await client.address(Upload_Length="4", Upload_Concat="partial")
    await pool.execute("UPDATE batch_reports SET expires_at = expires_at - interval '2 hours'")
    await fail_unstarted(pool, ttl_hours=settings.upload_ttl_hours)
    assert await reserved(pool) == (0, 0)


async def test_a_file_of_parts_that_failed_may_be_sent_in_one_piece(client: Client, api: Api) -> None:
    answer = await finished(client, await client.part(b"0123"))
    url = answer.headers["Location"]
    assert (await client.ask("DELETE", url)).status == 204
    assert (await api.call("POST", f"{url.partition('/files/')[0]}/retry", user=client.user)).status == 200
    assert (await client.patch(url, b"4567")).status == 204
