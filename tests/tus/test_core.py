"""The core of tus 1.0.0, rule by rule: https://tus.io/protocols/resumable-upload#core-protocol."""

from collections.abc import AsyncIterator

import pytest
from yarl import URL

from pmd_service.vault import Vault

from ..uploads.sender import BYTES, TUS
from .conftest import CREATION, Client, received


@pytest.fixture
async def url(client: Client) -> str:
    return await client.file(10)


async def test_another_version_is_refused_with_ours_and_not_processed(
    client: Client, url: str, subtests: pytest.Subtests
) -> None:
    for method in ("HEAD", "PATCH", "DELETE", "POST"):
        with subtests.test(method=method):
            address = CREATION if method == "POST" else url
            for version in ("0.2.2", None):
                answer = await client.ask(method, address, Tus_Resumable=version, Upload_Length="3", Upload_Offset="0")
                assert (answer.status, answer.headers["Tus-Version"]) == (412, "1.0.0")
            assert await client.offset(url) == 0, "it is still there"
            uploads = (await client.api.get("/api/pmd/uploads", user=client.user)).json
            assert uploads["total_count"] == 1, "none came"


async def test_every_answer_names_the_version(client: Client, url: str) -> None:
    for method, address in (
        ("OPTIONS", CREATION),
        ("OPTIONS", url),
        ("POST", CREATION),
        ("HEAD", url),
        ("PATCH", url),
        ("PATCH", url[:-3] + "000"),
        ("DELETE", url),
    ):
        assert (await client.ask(method, address)).headers["Tus-Resumable"] == "1.0.0", method


async def test_responses_without_a_handler_have_the_version_too(client: Client, url: str) -> None:
    stranger = await client.api.session.head(client.api.root.join(URL(url)), headers=TUS)
    assert (stranger.status, stranger.headers["Tus-Resumable"]) == (401, "1.0.0")
    wrapped = await client.patch(url, b"0123", Content_Encoding="gzip")
    assert (wrapped.status, wrapped.headers["Tus-Resumable"]) == (415, "1.0.0")


async def test_options_list_all_abilities_and_ignore_the_version(client: Client, url: str) -> None:
    for address in (CREATION, url):
        for version in ("0.2.2", None):
            answer = await client.ask("OPTIONS", address, Tus_Resumable=version)
            assert (answer.status, answer.headers["Tus-Version"]) == (204, "1.0.0")
        assert answer.headers["Tus-Extension"].split(",") == [
            *("creation", "creation-with-upload", "creation-defer-length", "concatenation"),
            *("checksum", "expiration", "termination"),
        ]
        assert answer.headers["Tus-Max-Size"] == str(2 << 30)
        assert answer.headers["Tus-Checksum-Algorithm"] == "sha1,sha256"


async def test_head_has_offset_and_length_from_first_byte_to_past_the_end(client: Client, url: str) -> None:
    for offset, data in ((0, b"0123"), (4, b"456789")):
        head = await client.ask("HEAD", url)
        assert head.status in (200, 204)
        assert (head.headers["Upload-Offset"], head.headers["Upload-Length"]) == (str(offset), "10")
        await client.patch(url, data, offset)
    assert await client.offset(url) == 10


async def test_head_is_not_to_be_kept(client: Client, url: str) -> None:
    assert (await client.ask("HEAD", url)).headers["Cache-Control"] == "no-store"


async def test_what_is_not_there_has_no_offset(client: Client, url: str) -> None:
    head = await client.ask("HEAD", url[:-3] + "000")
    assert head.status == 404
    assert "Upload-Offset" not in head.headers
    assert (await client.patch(url[:-3] + "000", b"0123")).status == 404


@pytest.mark.stores
async def test_patch_appends_at_the_offset_and_returns_the_next(client: Client, url: str, stored: Vault) -> None:
    first = await client.patch(url, b"0123")
    assert (first.status, first.headers["Upload-Offset"]) == (204, "4")
    last = await client.patch(url, b"456789", 4)
    assert (last.status, last.headers["Upload-Offset"]) == (204, "10")
    assert await received(stored, url) == b"0123456789"


async def test_patch_takes_no_other_type_and_no_body_without_one(client: Client, url: str) -> None:
    for kind in ("application/octet-stream", "text/plain", None):
        assert (await client.patch(url, b"0123", Content_Type=kind)).status == 415
    assert await client.offset(url) == 0


async def test_patch_elsewhere_is_a_conflict_and_changes_nothing(client: Client, url: str) -> None:
    await client.patch(url, b"0123")
    for offset in (0, 3, 5):
        assert (await client.patch(url, b"456789", offset)).status == 409
    assert await client.offset(url) == 4


async def test_an_offset_is_a_whole_number(client: Client, url: str, subtests: pytest.Subtests) -> None:
    for offset in ("-1", "1.0", "x", "", None):
        with subtests.test(offset=offset):
            assert (await client.patch(url, b"0123", Upload_Offset=offset)).status == 400
            assert await client.offset(url) == 0


async def test_more_than_was_announced_is_refused(client: Client, url: str) -> None:
    async def in_pieces() -> AsyncIterator[bytes]:
        yield b"0123456789"
        yield b"ab"

    for data in (b"0123456789ab", in_pieces()):
        sent = await client.ask("PATCH", url, data, Upload_Offset="0", Content_Type=BYTES)
        assert sent.status == 413
        assert await client.offset(url) <= 10


async def test_nothing_more_goes_into_what_is_whole(client: Client, url: str) -> None:
    assert (await client.patch(url, b"0123456789")).status == 204
    again = await client.patch(url, b"", 10)
    assert (again.status, again.headers["Upload-Offset"]) == (204, "10")
    assert (await client.patch(url, b"a", 10)).status == 409


async def test_an_offset_beyond_all_files_is_a_conflict(client: Client, url: str) -> None:
    assert (await client.patch(url, b"0123", 10**30)).status == 409


async def test_the_method_may_be_named_by_a_header(client: Client, url: str) -> None:
    head = await client.ask("POST", url, X_HTTP_Method_Override="HEAD")
    assert head.headers["Upload-Offset"] == "0"
    sent = await client.ask(
        *("POST", url, b"0123"),
        **{"X_HTTP_Method_Override": "PATCH", "Upload_Offset": "0", "Content_Type": "application/offset+octet-stream"},
    )
    assert (sent.status, sent.headers["Upload-Offset"]) == (204, "4")
    reported = await client.ask("POST", CREATION, X_HTTP_Method_Override="OPTIONS")
    assert (reported.status, reported.headers["Tus-Version"]) == (204, "1.0.0")
    # The method itself is ignored, whichever it is.
    assert (await client.ask("PATCH", url, X_HTTP_Method_Override="DELETE")).status == 204
    assert (await client.ask("HEAD", url)).status == 410


async def test_an_unsupported_method_gets_those_that_are_allowed(client: Client, url: str) -> None:
    for headers in ({}, {"X_HTTP_Method_Override": "PUT"}):
        answer = await client.ask("POST", url, **headers)
        assert answer.status == 405
        assert {"HEAD", "PATCH", "DELETE"} <= set(answer.headers["Allow"].split(", "))


async def test_a_safe_method_is_not_overridden_by_an_unsafe_one(client: Client, url: str) -> None:
    """Reads are not asked where they come from: a foreign page could have a file stopped by one."""
    assert (await client.ask("HEAD", url, X_HTTP_Method_Override="DELETE")).status == 405
    assert await client.offset(url) == 0
