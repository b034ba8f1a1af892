"""An artist's client that speaks tus, header by header."""

import base64
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from pmd_service.base.database import Pool
from pmd_service.vault import Vault

from ..site import Answer, Api
from ..uploads.sender import BYTES, TUS

CREATION = "/api/pmd/uploads/tus"


def named(name: str = "red.png", **more: str) -> dict[str, str]:
    """Upload-Metadata with the file's name."""
    fields = {"filename": name} | more
    pairs = [f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items()]
    return {"Upload-Metadata": ",".join(pairs)}


class Client:
    """Asks as tus says it; a header of None is left out."""

    def __init__(self, api: Api, user: int) -> None:
        self.api, self.user = api, user

    async def ask(
        self, method: str, url: str, data: bytes | AsyncIterator[bytes] | None = None, /, **headers: str | None
    ) -> Answer:
        sent = TUS | {name.replace("_", "-"): value for name, value in headers.items()}
        given = {name: value for name, value in sent.items() if value is not None}
        return await self.api.call(method, url, user=self.user, headers=given, data=data)

    async def create(self, data: bytes | None = None, /, **headers: str | None) -> Answer:
        if data is not None:
            headers.setdefault("Content_Type", BYTES)
        return await self.ask("POST", CREATION, data, **headers)

    async def file(self, length: int = 10, **headers: str | None) -> str:
        """The address of a new file of so many bytes."""
        return await self.address(Upload_Length=str(length), **(_kept(named()) | headers))

    async def part(self, data: bytes) -> str:
        """The address of a part that is whole."""
        return await self.address(data, Upload_Length=str(len(data)), Upload_Concat="partial")

    async def address(self, data: bytes | None = None, /, **headers: str | None) -> str:
        answer = await self.create(data, **headers)
        assert answer.status == 201, answer.json
        return str(answer.headers["Location"])

    async def patch(self, url: str, data: bytes, offset: int = 0, **headers: str | None) -> Answer:
        asked: dict[str, str | None] = {"Content_Type": BYTES, "Upload_Offset": str(offset)}
        return await self.ask("PATCH", url, data, **(asked | headers))

    async def offset(self, url: str) -> int:
        return int((await self.ask("HEAD", url)).headers["Upload-Offset"])


def _kept(headers: dict[str, str]) -> dict[str, str | None]:
    return {name.replace("-", "_"): value for name, value in headers.items()}


@pytest.fixture
async def client(api: Api, artist: int) -> Client:
    return Client(api, artist)


async def received(stored: Vault, url: str) -> bytes:
    """What lies in the vault of a file that is whole, by its address."""
    async with stored.incoming(UUID(url.partition("?")[0].rpartition("/")[2])).local() as path:
        return path.read_bytes()


async def reserved(pool: Pool) -> tuple[int, int]:
    """Files and bytes that are reserved, by the ledger."""
    row = await pool.fetchrow(
        "SELECT coalesce(sum(reserved_files), 0)::bigint, coalesce(sum(reserved_bytes), 0)::bigint FROM library_usage"
    )
    assert row is not None
    return row[0], row[1]
