"""tus's extensions creation, creation-with-upload and creation-defer-length, rule by rule."""

import pytest

from pmd_service.base.database import Pool
from pmd_service.base.settings import Settings
from pmd_service.uploads.tus.headers import file_of
from pmd_service.vault import Vault

from .conftest import Client, named, received, reserved

NAME = named()["Upload-Metadata"]


async def test_a_creation_is_answered_with_an_address(client: Client) -> None:
    answer = await client.create(Upload_Length="10", Upload_Metadata=NAME)
    assert answer.status == 201
    assert await client.offset(answer.headers["Location"]) == 0


@pytest.mark.parametrize(
    ("metadata", "path"),
    [
        ({"filename": "a.png"}, "a.png"),
        ({"name": "a.png"}, "a.png"),
        ({"filename": "a.png", "name": "b.png", "relativePath": ""}, "a.png"),
        ({"filename": "a.png", "relativePath": "sea/a.png"}, "sea/a.png"),
        ({"filename": "a.png", "relativePath": "null"}, "a.png"),  # as Uppy sends it
    ],
)
def test_a_file_has_the_path_that_clients_name_it_by(metadata: dict[str, str], path: str) -> None:
    assert file_of(3, {name: value.encode() for name, value in metadata.items()}).path == path


async def test_a_length_is_a_whole_number_and_has_to_be_there(client: Client, subtests: pytest.Subtests) -> None:
    for length in ("-1", "x", "1.5", "", None):
        with subtests.test(length=length):
            assert (await client.create(Upload_Length=length, Upload_Metadata=NAME)).status == 400


@pytest.mark.parametrize("length", [(2 << 30) + 1, 10**30])
async def test_more_than_the_largest_file_is_too_large(client: Client, length: int) -> None:
    for headers in ({"Upload_Metadata": NAME}, {"Upload_Concat": "partial"}):
        assert (await client.create(Upload_Length=str(length), **headers)).status == 413
    deferred = await client.address(Upload_Defer_Length="1", Upload_Metadata=NAME)
    assert (await client.patch(deferred, b"", Upload_Length=str(length))).status == 413


async def test_an_empty_file_is_refused_with_a_sentence(client: Client, pool: Pool) -> None:
    answer = await client.create(Upload_Length="0", Upload_Metadata=NAME)
    assert (answer.status, answer.json["detail"]) == (422, "This file is empty.")
    assert answer.json["type"] == "urn:pmd:problem:empty-file"
    assert await pool.fetchval("SELECT count(*) FROM batch_reports") == 0


async def test_head_returns_the_metadata_unchanged(client: Client) -> None:
    for metadata in (NAME, f"{NAME},is_confidential,theme ZHJhZ29ucw==,raw /w=="):
        url = await client.address(Upload_Length="10", Upload_Metadata=metadata)
        assert (await client.ask("HEAD", url)).headers["Upload-Metadata"] == metadata


UNREADABLE = ["filename !!!", "filename /w==", f"{NAME},{NAME}", "other YQ==", f"{NAME},é YQ==", ""]


async def test_metadata_that_cannot_be_read_is_refused(client: Client, subtests: pytest.Subtests) -> None:
    for metadata in UNREADABLE:
        with subtests.test(metadata=metadata):
            answer = await client.create(Upload_Length="10", Upload_Metadata=metadata)
            assert (answer.status, answer.json["errors"][0]["path"]) == (400, "Upload-Metadata")


@pytest.mark.stores
async def test_bytes_may_come_along(client: Client, stored: Vault) -> None:
    answer = await client.create(b"0123", Upload_Length="10", Upload_Metadata=NAME)
    assert (answer.status, answer.headers["Upload-Offset"]) == (201, "4")
    url = answer.headers["Location"]
    assert await client.offset(url) == 4
    assert (await client.patch(url, b"456789", 4)).status == 204
    assert await received(stored, url) == b"0123456789"


@pytest.mark.parametrize("kind", ["application/octet-stream", "text/plain", None])
async def test_a_creation_body_of_another_content_type_makes_no_file(
    client: Client, pool: Pool, kind: str | None
) -> None:
    answer = await client.create(b"0123", Upload_Length="10", Upload_Metadata=NAME, Content_Type=kind)
    assert (answer.status, answer.json["detail"]) == (415, "Send the bytes as application/offset+octet-stream.")
    assert await pool.fetchval("SELECT count(*) FROM batch_reports") == 0


async def test_more_bytes_than_announced_leave_an_address_to_go_on_at(client: Client) -> None:
    answer = await client.create(b"0123456789ab", Upload_Length="10", Upload_Metadata=NAME)
    assert answer.status == 413
    assert await client.offset(answer.headers["Location"]) == 0


@pytest.mark.stores
async def test_a_length_may_be_declared_with_the_last_bytes(client: Client, pool: Pool, stored: Vault) -> None:
    url = await client.address(Upload_Defer_Length="1", Upload_Metadata=NAME)
    for offset, data in ((0, b"0123"), (4, b"4567")):
        head = await client.ask("HEAD", url)
        assert (head.headers["Upload-Defer-Length"], "Upload-Length" in head.headers) == ("1", False)
        assert (await client.patch(url, data, offset)).status == 204
    assert (await client.patch(url, b"89", 8, Upload_Length="10")).status == 204
    head = await client.ask("HEAD", url)
    assert (head.headers["Upload-Length"], "Upload-Defer-Length" in head.headers) == ("10", False)
    assert await received(stored, url) == b"0123456789"
    row = await pool.fetchrow("SELECT file_size, received_bytes, is_received AS is_due FROM batch_report_files")
    assert row is not None
    assert tuple(row) == (10, 10, True)


async def test_a_length_may_be_declared_after_all_bytes(client: Client, pool: Pool) -> None:
    url = await client.address(Upload_Defer_Length="1", Upload_Metadata=NAME)
    await pool.execute("UPDATE batch_report_files SET file_size = 10")  # the library has room for no more
    assert (await client.patch(url, b"0123456789")).status == 204
    assert not await pool.fetchval("SELECT is_received FROM batch_report_files"), "more may come"
    assert (await client.patch(url, b"", 10, Upload_Length="10")).status == 204
    assert await pool.fetchval("SELECT is_received FROM batch_report_files")


async def test_a_declared_length_does_not_change(client: Client) -> None:
    deferred = await client.address(Upload_Defer_Length="1", Upload_Metadata=NAME)
    assert (await client.patch(deferred, b"0123", Upload_Length="10")).status == 204
    for url, offset in ((deferred, 4), (await client.file(10), 0)):
        assert (await client.patch(url, b"45", offset, Upload_Length="12")).status == 400
        assert await client.offset(url) == offset
        assert (await client.patch(url, b"45", offset, Upload_Length="10")).status == 204


async def test_a_length_below_the_offset_or_above_the_room_is_refused(client: Client) -> None:
    url = await client.address(b"0123", Upload_Defer_Length="1", Upload_Metadata=NAME)
    for length, status in (("3", 400), (str((64 << 20) + 1), 413), ("x", 400)):
        assert (await client.patch(url, b"45", 4, Upload_Length=length)).status == status
    assert (await client.ask("HEAD", url)).headers["Upload-Defer-Length"] == "1"
    empty = await client.address(Upload_Defer_Length="1", Upload_Metadata=NAME)
    assert (await client.patch(empty, b"", Upload_Length="0")).status == 422


@pytest.mark.parametrize(("deferred", "length"), [("2", None), ("", None), ("1", "10")])
async def test_a_length_is_sent_or_deferred_and_deferred_only_by_1(
    client: Client, deferred: str, length: str | None
) -> None:
    headers = {"Upload_Defer_Length": deferred, "Upload_Length": length, "Upload_Metadata": NAME}
    assert (await client.create(**headers)).status == 400


async def test_a_deferred_length_reserves_the_maximum_until_it_is_declared(
    client: Client, pool: Pool, settings: Settings
) -> None:
    image = await client.address(Upload_Defer_Length="1", Upload_Metadata=NAME)
    assert await reserved(pool) == (1, 64 << 20)
    assert (await client.patch(image, b"0123", Upload_Length="10")).status == 204
    assert await reserved(pool) == (1, 10)
    # Of what is left of the library, it takes no more than that.
    while (left := settings.library_max_bytes - (await reserved(pool))[1]) > 0:
        video = await client.address(Upload_Defer_Length="1", Upload_Metadata=named("a.mp4")["Upload-Metadata"])
        assert await reserved(pool) == (2, 10 + min(left, 2 << 30))
        await pool.execute("UPDATE batch_report_files SET file_size = $1 WHERE is_deferred", left)
    assert (await client.create(Upload_Defer_Length="1", Upload_Metadata=NAME)).status == 422
    assert (await client.ask("HEAD", video)).headers["Upload-Defer-Length"] == "1"
