"""Sounds of a pack that strips personal metadata are played as they are in its archive."""

import io
import zipfile
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Literal

import aiohttp
import msgspec
import pytest

from pmd_service.base.settings import Settings
from pmd_service.vault import Vault
from pmd_service.vault.base import Slice, Streamed, VaultFaultError

from ..conftest import WorkOff
from ..packs.conftest import Artist
from ..packs.exports import with_preview
from ..packs.test_packs import make
from ..packs.test_stripped_editions import SECRET, signed_sound
from ..site import Api
from .conftest import Shelf

FLAC = {"type": "audio", "file_format": "flac", "mime_type": "audio/flac"}


@pytest.fixture(params=["sparse", "whole"])
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    archives: Literal["sparse", "whole"] = request.param
    return msgspec.structs.replace(settings, archives=archives)


async def test_a_sound_whose_bytes_fail_in_the_middle_is_cut_off(
    api: Api, artist: Artist, work_off: WorkOff, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed = await artist.add("signed.flac", signed_sound(tmp_path / "signed.flac"), **FLAC)
    pack = await make(api, artist, [signed], license_type="attribution", marks="strip")
    shelf = Shelf(api, artist, work_off, pack, [signed])
    await shelf.export()
    link = await shelf.link()
    whole = (await shelf.visit(link, f"/sound/{signed}")).body

    stream = Vault.stream

    def faulting(vault: Vault, pieces: Iterable[bytes | Slice]) -> AsyncGenerator[Streamed, None]:
        # A sparse archive's own document is read before the answer begins, as a list of one piece.
        return stream(vault, pieces) if isinstance(pieces, list) else begun()

    async def begun() -> AsyncGenerator[Streamed, None]:
        yield whole[:10]
        raise VaultFaultError("the disk has gone")

    monkeypatch.setattr(Vault, "stream", faulting)
    address = link["url"].removeprefix("https://makapix.club") + f"/sound/{signed}"
    async with api.session.get(address) as answer:
        arrived = bytearray()
        with pytest.raises(aiohttp.ClientPayloadError):
            async for chunk in answer.content.iter_any():
                arrived += chunk
    assert (answer.status, bytes(arrived)) == (200, whole[:10])


@pytest.mark.stores
async def test_shared_sounds_are_stripped_copies_with_ranges_and_head(
    api: Api, artist: Artist, work_off: WorkOff, tmp_path: Path
) -> None:
    picture = await with_preview(artist, "Dragon.png", "red")
    original = signed_sound(tmp_path / "signed.flac")
    signed = await artist.add("signed.flac", original, **FLAC)
    assert SECRET.encode() in original
    pack = await make(api, artist, [picture, signed], license_type="attribution", marks="strip")
    shelf = Shelf(api, artist, work_off, pack, [picture, signed])
    await shelf.export()
    link = await shelf.link()
    with zipfile.ZipFile(io.BytesIO((await shelf.visit(link, "/download")).body)) as archive:
        (packed,) = (archive.read(name) for name in archive.namelist() if name.endswith("signed.flac"))
    assert b"/sound/" in (await shelf.visit(link)).body
    played = await shelf.visit(link, f"/sound/{signed}")
    assert (played.status, played.headers["Content-Type"], played.body) == (200, "audio/flac", packed)
    assert SECRET.encode() not in played.body
    some = await shelf.visit(link, f"/sound/{signed}", headers={"Range": "bytes=10-19"})
    assert (some.status, some.headers["Content-Range"]) == (206, f"bytes 10-19/{len(packed)}")
    assert some.body == packed[10:20]
    last = await shelf.visit(link, f"/sound/{signed}", headers={"Range": "bytes=-5"})
    assert last.body == packed[-5:]
    head = await shelf.visit(link, f"/sound/{signed}", method="HEAD")
    assert (head.status, head.headers["Content-Length"], head.body) == (200, str(len(packed)), b"")
    beyond = await shelf.visit(link, f"/sound/{signed}", headers={"Range": f"bytes={len(packed)}-"})
    assert beyond.status == 416, "the archive's next bytes are none of the sound's"
    # What has nothing to strip is in the archive as it is, and is played from the library.
    plain = await artist.add("plain.flac", packed, **FLAC)
    pack = await make(api, artist, [plain], license_type="attribution", marks="strip", name="Plain")
    other = Shelf(api, artist, work_off, pack, [plain])
    await other.export()
    assert (await other.visit(await other.link(), f"/sound/{plain}")).body == packed
