"""A pack that was built, and its links."""

import asyncio
import io
import zipfile
from typing import Any

import pytest

from ..conftest import WorkOff
from ..packs.conftest import Artist, artist
from ..packs.exports import export, picture, with_preview
from ..packs.test_packs import PACKS, make
from ..site import Answer, Api

__all__ = ["artist"]


class Shelf:
    """An artist's pack, and its visitors."""

    def __init__(self, api: Api, artist: Artist, work_off: WorkOff, pack: int, assets: list[int]) -> None:
        self.api = api
        self.artist = artist
        self.pack = pack
        self.assets = assets
        self._work_off = work_off

    async def export(self) -> Any:
        return await export(self.api, self.artist, self.pack, self._work_off)

    async def request(self, **body: Any) -> Answer:
        return await self.api.post(f"{PACKS}/{self.pack}/links", body, user=self.artist.user)

    async def link(self, **body: Any) -> Any:
        answer = await self.request(**body)
        assert answer.status == 201, answer
        return answer.json

    async def links(self) -> Any:
        return (await self.api.get(f"{PACKS}/{self.pack}/links", user=self.artist.user)).json["items"]

    async def withdraw(self, link: Any) -> Answer:
        return await self.api.call("DELETE", f"{PACKS}/{self.pack}/links/{link['id']}", user=self.artist.user)

    async def visit(self, link: Any, path: str = "", *, method: str = "GET", **options: Any) -> Answer:
        """As a stranger."""
        address = link["url"].removeprefix("https://makapix.club")
        return await self.api.call(method, f"{address}{path}", **options)

    async def download(self, link: Any) -> Answer:
        """As a stranger, until it is counted: the answer is whole before that."""
        before = await self._download_count()
        answer = await self.visit(link, "/download")
        while await self._download_count() == before:
            await asyncio.sleep(0.01)
        return answer

    async def _download_count(self) -> int:
        return sum([link["download_count"] for link in await self.links()])


@pytest.fixture
async def shelf(api: Api, artist: Artist, work_off: WorkOff) -> Shelf:
    """Two pictures, one of them made by a machine, and a sound, as edition 1."""
    assets = [
        await with_preview(artist, "Dragon.png", "red"),
        await with_preview(artist, "Wyrm.png", "green", provenance="ai_generated"),
        await artist.add("roar.ogg", b"OggS" * 100, type="audio", file_format="ogg", mime_type="audio/ogg"),
    ]
    pack = await make(api, artist, assets, license_type="attribution", description="<b>Dragons</b> & “more”.")
    made = Shelf(api, artist, work_off, pack, assets)
    await made.export()
    return made


def names_in(archive: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return opened.namelist()


__all__ += ["Shelf", "names_in", "picture"]
