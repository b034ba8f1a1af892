"""The public page of a series, at /u/{sqid}/series/{id}: its posts that visitors may see, in its order."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from aiohttp import hdrs, web

from ..base.database import POOL, Connection, Pool, find_all, find_one
from ..base.settings import SETTINGS
from ..http.turns import long_lived, turn_of
from ..identity.users import PUBLIC_IDS, User, find_user
from ..posts.art import respond_with_art
from ..site.ai_rights import POST_OPTS_OUT, posts_opt_out
from ..site.details import joined_details
from ..site.posts import VISIBLE_ARTWORK
from ..site.rights import are_ours
from ..vault import VAULT, ArtworkUnavailableError
from .drawing import BATCH, Source, Watermark, marked_answer, marked_picture
from .pages import CACHED, headers_of, nothing, page
from .visits import count_series_view
from .watermark import find_watermark

# Of a longer series the first are shown.
MAX_SHOWN = 500

_SERIES = "SELECT id, name, description, cover_post_id FROM series WHERE id = $1 AND user_id = $2"
_POSTS = f"""
SELECT posts.id, title, description, created_at, width, height, art_url, details.alt_text, details.content_warnings
  FROM series_post JOIN posts ON posts.id = post_id {joined_details("posts")}
 WHERE series_id = $1 AND owner_id = $2 AND {VISIBLE_ARTWORK}
 ORDER BY position, posts.id
 LIMIT $3
"""
_ART = f"""
SELECT art_url, {POST_OPTS_OUT} AS opts_out FROM series_post JOIN posts ON posts.id = post_id
 WHERE series_id = $1 AND owner_id = $2 AND post_id = $3 AND {VISIBLE_ARTWORK}
"""
# Those that the page asks for next.
_NEXT = f"""
SELECT art_url FROM series_post JOIN posts ON posts.id = post_id
 WHERE series_id = $1 AND owner_id = $2 AND art_url IS NOT NULL AND {VISIBLE_ARTWORK}
   AND (position, post_id) > (SELECT position, post_id FROM series_post WHERE post_id = $3)
 ORDER BY position, post_id
 LIMIT $4
"""


class ShownSeries(msgspec.Struct, frozen=True):
    """The series of a page."""

    id: int
    name: str
    description: str | None
    cover_post_id: int | None


class ShownPost(msgspec.Struct, frozen=True):
    """A post of a series' page; one with warnings is covered until its visitor wants to see it."""

    id: int
    title: str | None
    description: str | None
    created_at: datetime
    width: int | None
    height: int | None
    art_url: str | None
    alt_text: str | None
    content_warnings: Sequence[str]


class Art(msgspec.Struct, frozen=True):
    """The file of one of its posts, and whether it may not be used for training AI."""

    art_url: str | None
    opts_out: bool


async def _artist(request: web.Request, connection: Connection | Pool) -> User | None:
    """Whose series the address names; None where the site shows nothing to visitors."""
    if request.app[SETTINGS].sharing == "off":
        return None
    return await find_user(connection, request.app[PUBLIC_IDS], request.match_info["sqid"])


@long_lived
async def get_series_page(request: web.Request) -> web.StreamResponse:
    """The page; nothing for an unknown series, and for one of a banned or deactivated artist."""
    series_id, pool = int(request.match_info["series_id"]), request.app[POOL]
    async with turn_of(request):
        artist = await _artist(request, pool)
        series = await find_one(pool, ShownSeries, _SERIES, series_id, artist.id) if artist else None
        if artist is None or series is None:
            return nothing(request)
        posts = await find_all(pool, ShownPost, _POSTS, series_id, artist.id, MAX_SHOWN)
        opts_out = await posts_opt_out(pool, owner_id=artist.id, post_ids=[post.id for post in posts])
        takes_reports = await are_ours(pool)
        if request.method == hdrs.METH_GET:
            await count_series_view(pool, user_id=artist.id, series_id=series_id)
    bare = [post for post in posts if not post.content_warnings]
    cover = next((post for post in bare if post.id == series.cover_post_id), next(iter(bare), None))
    return page(
        request,
        "series.html",
        is_public=True,
        opts_out=opts_out,
        series=series,
        posts=posts,
        cover=cover,
        handle=artist.handle,
        takes_reports=takes_reports,
        here=request.path,
    )


@long_lived
async def get_series_art(request: web.Request) -> web.StreamResponse:
    """The artwork of one of its posts, with its artist's watermark if there is one."""
    series_id, post_id = (int(request.match_info[name]) for name in ("series_id", "post_id"))
    pool = request.app[POOL]
    async with turn_of(request):
        artist = await _artist(request, pool)
        art = await find_one(pool, Art, _ART, series_id, artist.id, post_id) if artist else None
        watermark = await find_watermark(pool, artist.id) if artist else Watermark()
    if artist is None or art is None or art.art_url is None:
        raise web.HTTPNotFound
    headers = headers_of(is_public=True, opts_out=art.opts_out) | CACHED
    if not watermark.is_set:
        return await respond_with_art(request, art.art_url, headers=headers)

    async def find_others() -> Sequence[Source]:
        rows = await pool.fetch(_NEXT, series_id, artist.id, post_id, BATCH - 1)
        return await _sources(request, [row["art_url"] for row in rows])

    if not (wanted := await _sources(request, [art.art_url])):
        raise web.HTTPNotFound
    return marked_answer(await marked_picture(request, artist.id, watermark, wanted[0], find_others), headers)


async def _sources(request: web.Request, art_urls: Sequence[str]) -> Sequence[Source]:
    """Those of these artworks that the vault has."""
    located = await request.app[VAULT].locate_artworks(art_urls)
    return [Source(each.key) for each in located if not isinstance(each, ArtworkUnavailableError)]


_ADDRESS = "/u/{sqid}/series/{series_id:[0-9]{1,15}}"
PAGES = (
    web.get(_ADDRESS, get_series_page),
    web.get(f"{_ADDRESS}/art/{{post_id:[0-9]{{1,15}}}}", get_series_art),
)
