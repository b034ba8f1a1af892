"""An artist with files and drafts."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from PIL import Image

from pmd_service.work.context import WorkerContext

from ..conftest import WorkOff
from ..site import Answer, Api, Site
from ..upkeep import run_step

DRAFTS = "/api/pmd/drafts"
ALT = "A teal square with one dark pixel."


def picture(seed: int) -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (16, 16), "teal")
    image.putpixel((0, 0), (seed % 256, seed // 256 % 256, 2))
    image.save(out, "PNG")
    return out.getvalue()


class Desk:
    """The desk of one artist, by the API."""

    def __init__(self, site: Site, api: Api, user: int) -> None:
        self.site, self.api, self.user = site, api, user
        self._files = 0

    async def add_file(self, name: str = "lamp.png", **columns: Any) -> int:
        self._files += 1
        columns = {"width": 16, "height": 16, "frame_count": 1, "license_id": 2, "alt_text": ALT} | columns
        return await self.site.add_asset(self.user, picture(self._files + 1000 * self.user), name=name, **columns)

    async def make(self, *asset_ids: int) -> list[dict[str, Any]]:
        answer = await self.post("", asset_ids=asset_ids)
        assert answer.status == 200, answer
        items: list[dict[str, Any]] = answer.json["items"]
        return items

    async def add(self, count: int = 1, **columns: Any) -> list[int]:
        """Drafts of new files, which are ready."""
        files = [await self.add_file(f"lamp {number}.png", **columns) for number in range(count)]
        return [each["draft_id"] for each in await self.make(*files)]

    async def add_rows(self, count: int) -> list[int]:
        """Drafts of files without bytes, by one statement."""
        rows = await self.site.pool.fetch(
            """WITH files AS (
                   INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes, width,
                                      height)
                   SELECT $1, '/vault/none/' || $1::int || '/' || number, 'image',
                          encode(sha256(concat($1::int, ' ', number)::bytea), 'hex'),
                          'sprite ' || number || '.png', 'image/png', 'png', 100, 16, 16
                     FROM generate_series(1, $2::int) AS number RETURNING id, name)
               INSERT INTO draft (user_id, asset_id, title, alt_text, license_id, position)
               SELECT $1, id, name, $3, 2, id FROM files RETURNING id""",
            self.user,
            count,
            ALT,
        )
        return sorted(row["id"] for row in rows)

    async def get(self, path: str = "", *, user: int | None = None, **params: Any) -> Answer:
        return await self.api.get(f"{DRAFTS}{path}", user=user or self.user, params=params)

    async def post(self, path: str, **body: Any) -> Answer:
        return await self.api.post(f"{DRAFTS}{path}", body, user=self.user)

    async def patch(self, changes: Sequence[dict[str, Any]], *, user: int | None = None) -> Answer:
        return await self.api.call("PATCH", DRAFTS, user=user or self.user, json={"changes": changes})

    async def draft(self, draft_id: int) -> dict[str, Any]:
        answer = await self.get(f"/{draft_id}")
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.json
        return found

    async def drafts(self, **params: Any) -> list[dict[str, Any]]:
        answer = await self.get(**params)
        assert answer.status == 200, answer
        items: list[dict[str, Any]] = answer.json["items"]
        return items

    async def rule(self, **fields: Any) -> dict[str, Any]:
        """Change the rule; what is left out stays."""
        before = (await self.api.get("/api/pmd/publishing", user=self.user)).json
        answer = await self.api.call("PUT", "/api/pmd/publishing", user=self.user, json=before | fields)
        assert answer.status == 200, answer
        stored: dict[str, Any] = answer.json
        return stored

    async def pass_time(self, draft_id: int, seconds: int = 1) -> None:
        """Let a draft's time be so many seconds ago."""
        await self.site.pool.execute(
            "UPDATE draft SET due_at = now() - make_interval(secs => $2) WHERE id = $1", draft_id, seconds
        )

    async def posts(self) -> list[str]:
        """The titles of the artist's posts in the order in which they were made."""
        rows = await self.site.pool.fetch("SELECT title FROM posts WHERE owner_id = $1 ORDER BY id", self.user)
        return [row["title"] for row in rows]


@pytest.fixture
async def desk(site: Site, api: Api) -> Desk:
    return Desk(site, api, await site.add_user("artist"))


class Publish:
    """Does what is due, as the upkeep and a worker do."""

    def __init__(self, worker: WorkerContext, work_off: WorkOff) -> None:
        self._worker, self._work_off = worker, work_off

    async def __call__(self) -> None:
        await run_step(self._worker, "due_drafts")
        await self._work_off()


@pytest.fixture
async def publish(worker: WorkerContext, work_off: WorkOff) -> Publish:
    return Publish(worker, work_off)


def moment(text: str) -> datetime:
    """A time of an answer."""
    return datetime.fromisoformat(text).astimezone(UTC)
