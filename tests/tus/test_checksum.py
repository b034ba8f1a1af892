"""tus's extension checksum, rule by rule."""

import base64
import hashlib

import pytest

from pmd_service.vault import Vault

from .conftest import CREATION, Client, named, received


def checksum(algorithm: str, data: bytes) -> str:
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


async def test_sha1_is_among_the_algorithms_and_all_names_are_in_lower_case(client: Client) -> None:
    offered = (await client.ask("OPTIONS", CREATION)).headers["Tus-Checksum-Algorithm"]
    assert "sha1" in offered.split(",")
    assert offered == offered.lower()


@pytest.mark.stores
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
async def test_a_body_is_taken_whole_or_not_at_all(client: Client, stored: Vault, algorithm: str) -> None:
    url = await client.file(10)
    first = await client.patch(url, b"0123", Upload_Checksum=checksum(algorithm, b"0123"))
    assert (first.status, first.headers["Upload-Offset"]) == (204, "4")
    wrong = await client.patch(url, b"456789", 4, Upload_Checksum=checksum(algorithm, b"else"))
    assert (wrong.status, wrong.json["title"]) == (460, "Checksum Mismatch")
    assert await client.offset(url) == 4
    assert (await client.patch(url, b"456789", 4, Upload_Checksum=checksum(algorithm, b"456789"))).status == 204
    assert await received(stored, url) == b"0123456789"


async def test_an_unknown_algorithm_and_a_malformed_digest_are_refused(
    client: Client, subtests: pytest.Subtests
) -> None:
    url = await client.file(10)
    for header in ("md5 1B2M2Y8AsgTpgAmY7PhCfg==", "sha1", "sha1 !!!", "sha256 AAAA", "SHA1 AAAA", ""):
        with subtests.test(header=header):
            assert (await client.patch(url, b"0123", Upload_Checksum=header)).status == 400
            assert await client.offset(url) == 0


async def test_a_creations_checksum_is_checked_and_the_file_can_be_resumed(client: Client) -> None:
    headers = {"Upload_Length": "10", "Upload_Metadata": named()["Upload-Metadata"]}
    good = await client.create(b"0123", Upload_Checksum=checksum("sha1", b"0123"), **headers)
    assert (good.status, good.headers["Upload-Offset"]) == (201, "4")
    bad = await client.create(b"0123", Upload_Checksum=checksum("sha1", b"else"), **headers)
    assert bad.status == 460
    assert await client.offset(bad.headers["Location"]) == 0
    assert (await client.create(b"0123", Upload_Checksum="md5 AAAA", **headers)).status == 400
