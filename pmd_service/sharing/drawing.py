"""Pictures with a watermark for visitors, drawn when somebody first asks for one, some at a time.

A picture without it is never shown in its place: what cannot be drawn is missing.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias

import aiofiles
import msgspec
from aiohttp import web

from ..base.database import POOL, Pool, find_one, find_values
from ..base.settings import SETTINGS, SettingsError
from ..base.telemetry import log
from ..http.errors import ProblemError, unavailable
from ..http.turns import turn_of
from ..media.messages import Refused
from ..media.one_child import OneChild
from ..media.sandbox_policy import require_sandbox
from ..media.spare import ChildFaultError
from ..media.watermark import Mark, Marked, Place, draw
from ..vault import VAULT, ObjectMissingError

# Of one artist, the newest are kept; others are drawn again.
MAX_KEPT = 2000
# Pictures that one child draws: those of a page that are asked for next are drawn along with the first.
BATCH = 16


class Watermark(msgspec.Struct, frozen=True, kw_only=True):
    """The watermark; ``version`` counts its changes, and 0 is one that was never set."""

    text: str | None = None
    asset_id: int | None = None
    place: Place = "bottom_right"
    opacity: int = 60
    size: int = 40
    version: int = 0

    @property
    def revision(self) -> int:
        return self.version

    @property
    def is_set(self) -> bool:
        return self.text is not None or self.asset_id is not None


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A picture with the watermark; ``picture`` is None if it cannot be drawn."""

    picture: bytes | None
    mime_type: str


class Source(NamedTuple):
    """A picture to draw over: its name, and its bytes unless the name is a key of the vault."""

    name: str
    data: bytes | None = None


FindSources: TypeAlias = Callable[[], Awaitable[Sequence[Source]]]


DRAWING = web.AppKey("drawing", OneChild)

_PICTURE = "SELECT picture FROM watermark WHERE user_id = $1 AND version = $2"
_FIND = "SELECT picture, mime_type FROM watermarked WHERE user_id = $1 AND version = $2 AND source = $3"
_KNOWN = "SELECT source FROM watermarked WHERE user_id = $1 AND version = $2 AND source = ANY ($3)"
# One of a later watermark stays.
_KEEP = """
INSERT INTO watermarked AS known (user_id, version, source, picture, mime_type) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (user_id, source) DO UPDATE SET version = $2, picture = $4, mime_type = $5, created_at = now()
 WHERE known.version < $2
"""
_FORGET_OLDEST = """
DELETE FROM watermarked
 WHERE user_id = $1
   AND (created_at, source) <= (SELECT created_at, source FROM watermarked WHERE user_id = $1
                                 ORDER BY created_at DESC, source DESC LIMIT 1 OFFSET $2)
"""


async def marked_picture(
    request: web.Request, user_id: int, watermark: Watermark, wanted: Source, find_others: FindSources | None = None
) -> Drawn | None:
    """A picture with the user's watermark; None if it cannot be drawn. Call it without a turn.

    Args:
        find_others: finds those of the same page, of which some are drawn at the same time.

    Raises:
        ProblemError: 503, nothing can be drawn at the moment.
    """
    pool, drawing = request.app[POOL], request.app[DRAWING]
    async with turn_of(request):
        drawn = await find_one(pool, Drawn, _FIND, user_id, watermark.version, wanted.name)
    if drawn is not None:
        return drawn
    async with drawing.of(user_id):
        async with turn_of(request):  # another request may have drawn it meanwhile
            if drawn := await find_one(pool, Drawn, _FIND, user_id, watermark.version, wanted.name):
                return drawn
            others = await find_others() if find_others else []
            names = [other.name for other in others]
            known = {*await find_values(pool, _KNOWN, user_id, watermark.version, names)}
            picture = await pool.fetchval(_PICTURE, user_id, watermark.version)
        waiting = [other for other in others if other.name not in known and other.name != wanted.name]
        return await _draw(request, user_id, watermark, picture, [wanted, *waiting[: BATCH - 1]])


def marked_answer(drawn: Drawn | None, headers: Mapping[str, str]) -> web.Response:
    """A picture with its watermark; without it, none is shown."""
    if drawn is None or drawn.picture is None:
        raise web.HTTPNotFound
    return web.Response(body=drawn.picture, content_type=drawn.mime_type, headers=headers)


async def _draw(
    request: web.Request, user_id: int, watermark: Watermark, picture: bytes | None, sources: Sequence[Source]
) -> Drawn | None:
    """Draw these, keep them, and return the first."""
    first: Drawn | None = None
    async with drawing_folder(request) as folder, AsyncExitStack() as lent:
        there, paths = [], []
        for number, source in enumerate(sources):
            path = await _local(request, source, folder / f"source-{number}", lent)
            if path is not None:
                there.append(source)
                paths.append(path)
        if not paths:
            return None
        mark = await mark_in(folder, watermark, picture)
        async with aclosing(draw(mark, paths, folder)) as answers:
            async for answer in answers:
                number, drawn = _drawn(answer)
                async with turn_of(request):
                    await _keep(request.app[POOL], user_id, watermark, there[number].name, drawn)
                if there[number] is sources[0]:
                    first = drawn
        async with turn_of(request):
            await request.app[POOL].execute(_FORGET_OLDEST, user_id, MAX_KEPT)
    return first


def _drawn(answer: Marked | Refused) -> tuple[int, Drawn]:
    if isinstance(answer, Refused):
        log.warning("watermark_refused", code=answer.code)
        return answer.item, Drawn(picture=None, mime_type="image/webp")
    return answer.number, Drawn(picture=answer.data, mime_type=answer.mime_type)


async def _keep(pool: Pool, user_id: int, watermark: Watermark, name: str, drawn: Drawn) -> None:
    await pool.execute(_KEEP, user_id, watermark.version, name, drawn.picture, drawn.mime_type)


async def _local(request: web.Request, source: Source, path: Path, lent: AsyncExitStack) -> Path | None:
    """The picture's bytes on this machine; None if they are gone."""
    if source.data is not None:
        await write(path, source.data)
        return path
    try:
        return await lent.enter_async_context(request.app[VAULT].local(source.name))
    except ObjectMissingError:
        return None


async def mark_in(folder: Path, watermark: Watermark, picture: bytes | None) -> Mark:
    """The watermark as the child takes it, with its picture in the folder."""
    path = None
    if picture is not None:
        path = folder / "mark.png"
        await write(path, picture)
    return Mark(
        text=watermark.text, picture=path, place=watermark.place, opacity=watermark.opacity, size=watermark.size
    )


async def write(path: Path, data: bytes) -> None:
    async with aiofiles.open(path, "wb") as file:
        await file.write(data)


@asynccontextmanager
async def drawing_folder(request: web.Request) -> AsyncIterator[Path]:
    """A folder to draw in, alone.

    Raises:
        ProblemError: 503, nothing may be drawn here, or not at the moment.
    """
    try:
        require_sandbox(request.app[SETTINGS])
        async with request.app[DRAWING].room, request.app[VAULT].scratch() as folder:
            yield folder
    except (SettingsError, ChildFaultError) as error:
        raise _cannot_draw(error) from error


def _cannot_draw(error: Exception) -> ProblemError:
    log.error("watermark_not_drawn", error=str(error))
    return unavailable("Watermarks cannot be drawn at the moment. Please try again.")
