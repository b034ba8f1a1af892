"""A site to test with: its users, posts and files, and a client of its API."""

import hashlib
import json
import os
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import aiohttp
from yarl import URL

from pmd_service.archive.sparse import SUFFIX, SparseArchive
from pmd_service.base.database import Pool
from pmd_service.base.public_ids import PublicIds
from pmd_service.base.settings import Settings
from pmd_service.http.wire import seal, write_cursor
from pmd_service.identity.tokens import Tokens
from pmd_service.vault import Vault

BORN = datetime(2026, 1, 1, tzinfo=UTC)


class Site:
    """Puts rows into the site's tables and files into its vault, as the site would."""

    def __init__(self, pool: Pool, settings: Settings, stored: Vault) -> None:
        self.pool = pool
        self.vault = settings.vault_path
        self.stored = stored
        self.ids = PublicIds(settings.sqids_alphabet)

    async def add_user(self, handle: str = "artist", **columns: Any) -> int:
        user_id: int = await self._insert("users", handle=handle, **columns)
        return user_id

    async def add_post(self, owner_id: int, data: bytes | None = b"pixels", **columns: Any) -> int:
        """An artwork with its file; ``data=None`` leaves the file out."""
        post_id: int = await self._insert(
            "posts",
            **{
                "owner_id": owner_id,
                "title": "Untitled",
                "file_format": "png",
                "width": 8,
                "height": 8,
                "frame_count": 1,
            }
            | columns,
        )
        if data is not None:
            await self.stored.put(f"art/{post_id}.png", data)
        if "art_url" not in columns:
            await self.pool.execute("UPDATE posts SET art_url = $2 WHERE id = $1", post_id, f"/vault/art/{post_id}.png")
        return post_id

    async def add_posts(self, owner_id: int, count: int) -> list[int]:
        """Artworks a minute apart, oldest first, each with bytes of its own."""
        return [
            await self.add_post(
                owner_id,
                data=f"pixels of {number}".encode() * 10,
                title=f"Artwork {number}",
                created_at=BORN + timedelta(minutes=number),
            )
            for number in range(count)
        ]

    async def add_comment(self, post_id: int, body: str = "Nice!", **columns: Any) -> UUID:
        comment_id: UUID = await self._insert("comments", post_id=post_id, body=body, **columns)
        return comment_id

    async def add_reactions(self, post_id: int, emoji: str, count: int) -> None:
        await self.pool.execute(
            "INSERT INTO reactions (post_id, emoji) SELECT $1, $2 FROM generate_series(1, $3)", post_id, emoji, count
        )

    async def add_asset(self, user_id: int, data: bytes | None = None, **columns: Any) -> int:
        """A file of a library with its bytes, as an upload adds it: new, unless columns differ."""
        data = data if data is not None else b"\x89PNG\r\n\x1a\n" + os.urandom(16)
        digest, form = hashlib.sha256(data).hexdigest(), columns.get("file_format", "png")
        key = f"assets/{self.sqid(user_id)}/{digest}.{form}"
        await self.stored.put(key, data)
        given: dict[str, Any] = {
            "user_id": user_id,
            "path": f"/vault/{key}",
            "type": "image",
            "hash": digest,
            "crc32": zlib.crc32(data),
            "name": f"picture.{form}",
            "mime_type": "image/png",
            "file_format": form,
            "size_bytes": len(data),
            "width": 64,
            "height": 32,
            "provenance": "user_provided",
        }
        asset_id: int = await self._insert("asset", **given | columns)
        return asset_id

    def write(self, name: str, data: bytes) -> Path:
        path = self.vault / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    async def read(self, key: str) -> bytes:
        """An object of the vault, whatever keeps it; rows name some with “/vault/” in front."""
        async with self.stored.local(key.removeprefix("/vault/")) as path:
            return path.read_bytes()

    async def archive(self, key: str) -> bytes:
        """An archive of this key, as its readers get it."""
        if not key.endswith(SUFFIX):
            return await self.read(key)
        archive = await SparseArchive.load(self.stored, key)
        assert archive is not None
        data = bytearray()
        async for each in self.stored.stream(archive.pieces(range(archive.size))):
            data += each if isinstance(each, bytes) else each.read()
        return bytes(data)

    async def lose(self, key: str) -> None:
        await self.stored.remove(key.removeprefix("/vault/"))

    async def keys(self, prefix: str = "bdr/") -> list[str]:
        """What lies in the vault below the prefix, whatever keeps it."""
        return [found.key async for page in self.stored.list(prefix) for found in page]

    def sqid(self, row_id: int) -> str:
        return self.ids.of(row_id, None)

    async def add_request(self, user_id: int, post_ids: Sequence[int], **columns: Any) -> UUID:
        """A download request with its work, as the API writes them."""
        columns = {"user_id": user_id, "requested_by": user_id, "artwork_count": len(post_ids)} | columns
        bdr_id: UUID = await self._insert("batch_download_requests", post_ids=list(post_ids), **columns)
        await self.add_work("bdr", bdr_id, user_id)
        return bdr_id

    async def request(self, bdr_id: str) -> dict[str, Any]:
        """A download request's row, with the faults of its work; none if that has ended."""
        row = await self.pool.fetchrow(
            """SELECT request.*, coalesce(faults, 0) AS faults, due_at, token
                 FROM batch_download_requests AS request
                 LEFT JOIN work ON work.kind = 'bdr' AND subject = request.id::text
                WHERE request.id = $1""",
            UUID(bdr_id),
        )
        assert row is not None
        return dict(row)

    async def add_work(self, kind: str, subject: UUID | int, user_id: int, *, title: str = "a title") -> None:
        """Have something done with a row that a test has inserted."""
        await self.pool.execute(
            "INSERT INTO work (kind, subject, user_id, title) VALUES ($1, $2, $3, $4)",
            kind,
            str(subject),
            user_id,
            title,
        )

    async def _insert(self, table: str, **columns: Any) -> Any:
        names, marks = ", ".join(columns), ", ".join(f"${n}" for n in range(1, len(columns) + 1))
        return await self.pool.fetchval(
            f"INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING id", *columns.values()
        )


class Api:
    """A client of the API that signs in as any user."""

    def __init__(self, root: URL, settings: Settings, connect: aiohttp.SocketFactoryType | None = None) -> None:
        self.root = root
        self._connect = connect
        self._tokens = Tokens(settings)
        self._ids = PublicIds(settings.sqids_alphabet)

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(socket_factory=self._connect)
        self.session = aiohttp.ClientSession(self.root, connector=connector)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.session.close()

    def token(self, user_id: int, *, lives: timedelta = timedelta(hours=1)) -> str:
        return self._tokens.issue(self._ids.of(user_id, None), datetime.now(UTC) + lives)

    def sign(self, user_id: int) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token(user_id)}"}

    async def get(self, path: str, *, user: int, **options: Any) -> "Answer":
        return await self.call("GET", path, user=user, **options)

    async def post(self, path: str, body: Any, *, user: int, **options: Any) -> "Answer":
        return await self.call("POST", path, user=user, json=body, **options)

    async def call(
        self, method: str, path: str, *, user: int | None = None, headers: dict[str, str] | None = None, **options: Any
    ) -> "Answer":
        signed = (self.sign(user) if user is not None else {}) | (headers or {})
        async with self.session.request(method, path, headers=signed, **options) as response:
            return Answer(response.status, response.headers, await response.read())

    def sealed(self, path: str, user: int, place: object) -> str:
        """The cursor of a place in a user's list, as the list would give it."""
        text = place if isinstance(place, str) else write_cursor(place)
        return text + seal(path, user, text)


class Answer:
    """A whole answer."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<{self.status} {self.body[:500]!r}>"
