"""What crawlers are asked not to use for training AI: ``robots.txt``, ``ai.txt`` and ``tdmrep.json``, for all pages.

They list public links and series with works whose artists have opted out. Other links are secrets; their answers say it
themselves (``reserved``). W3C TDMRep, section 6, has patterns as robots.txt has them (RFC 9309).
"""

from collections.abc import Sequence

import msgspec
from aiohttp import hdrs, web

from ..base.database import POOL, Pool
from ..base.settings import SETTINGS
from ..http.ready_made import Refreshed
from ..identity.users import PUBLIC_IDS
from ..site.ai_rights import OPTS_OUT, POST_OPTS_OUT, files_opt_out, posts_opt_out
from ..site.posts import VISIBLE_ARTWORK
from .links import Shared

# Beyond that, everything behind links is listed as one.
MAX_LISTED = 1000
# As many are read each minute: if more artists' links or series may be reserved, all are listed as one, too.
MAX_CHECKED = 5000
SECONDS = 60.0
RESERVATIONS = web.AppKey("reservations", Refreshed[Sequence[str]])

# Crawlers that collect for training, by the names that their makers publish.
CRAWLERS = (
    "Amazonbot", "Applebot-Extended", "Bytespider", "CCBot", "ClaudeBot", "Diffbot", "GPTBot", "Google-Extended",
    "ImagesiftBot", "Meta-ExternalAgent", "PerplexityBot", "img2dataset",
)  # fmt: skip

# Links of artists who reserve anything at all, which indexes know, are checked one by one; not more than MAX_CHECKED.
_CODES = f"""
WITH sharing AS MATERIALIZED (
    SELECT DISTINCT user_id FROM share_link WHERE is_public AND withdrawn_at IS NULL),
reserving AS MATERIALIZED (
    SELECT user_id FROM sharing
     WHERE EXISTS (SELECT FROM publishing_rule AS rule WHERE rule.user_id = sharing.user_id AND rule.ai_opt_out)
        OR EXISTS (SELECT FROM post_details AS details WHERE details.owner_id = sharing.user_id AND details.ai_opt_out)
        OR EXISTS (SELECT FROM asset WHERE asset.user_id = sharing.user_id AND asset.ai_opt_out)),
link AS MATERIALIZED (
    SELECT id, code, user_id, pack_id, bdr_id
      FROM share_link
     WHERE is_public AND withdrawn_at IS NULL AND (expires_at IS NULL OR expires_at > now())
       AND user_id IN (SELECT user_id FROM reserving)
     LIMIT {MAX_CHECKED + 1})
SELECT code
  FROM link
 WHERE (SELECT count(*) FROM link) > {MAX_CHECKED}
    OR EXISTS (SELECT FROM asset
                WHERE asset.user_id = link.user_id AND {OPTS_OUT} AND asset.id = ANY (
                      (SELECT asset_ids FROM pack_edition WHERE pack_edition.pack_id = link.pack_id
                        ORDER BY edition DESC LIMIT 1)::bigint[]))
    OR EXISTS (SELECT FROM posts
                WHERE posts.owner_id = link.user_id AND {POST_OPTS_OUT} AND posts.id = ANY (
                      (SELECT post_ids FROM batch_download_requests WHERE id = link.bdr_id)::bigint[]))
 ORDER BY id
 LIMIT {MAX_LISTED + 1}
"""
_SERIES = f"""
WITH reserving AS MATERIALIZED (
    SELECT user_id FROM publishing_rule WHERE ai_opt_out
     UNION SELECT owner_id FROM post_details WHERE ai_opt_out),
shown AS MATERIALIZED (
    SELECT id, user_id FROM series WHERE user_id IN (SELECT user_id FROM reserving) LIMIT {MAX_CHECKED + 1})
SELECT shown.id, users.id AS user_id, users.public_sqid
  FROM shown JOIN users ON users.id = user_id
 WHERE (SELECT count(*) FROM shown) > {MAX_CHECKED}
    OR EXISTS (SELECT FROM series_post JOIN posts ON posts.id = post_id
                WHERE series_id = shown.id AND owner_id = user_id AND {VISIBLE_ARTWORK} AND {POST_OPTS_OUT})
 ORDER BY shown.id
 LIMIT {MAX_LISTED + 1}
"""
_FILES = "SELECT asset_ids FROM pack_edition WHERE pack_id = $1 ORDER BY edition DESC LIMIT 1"
_POSTS = "SELECT post_ids FROM batch_download_requests WHERE id = $1"


class Reservation(msgspec.Struct, frozen=True, rename={"is_reserved": "tdm-reservation"}):
    """A rule of tdmrep.json."""

    location: str
    is_reserved: int


async def opts_out(pool: Pool, shared: Shared) -> bool:
    """Whether a link shows a work that may not be used for training AI."""
    if shared.pack_id is None:
        post_ids = await pool.fetchval(_POSTS, shared.bdr_id)
        return await posts_opt_out(pool, owner_id=shared.user_id, post_ids=post_ids or [])
    asset_ids = await pool.fetchval(_FILES, shared.pack_id)
    return await files_opt_out(pool, user_id=shared.user_id, asset_ids=asset_ids or [])


def kept_reservations(app: web.Application) -> Refreshed[Sequence[str]]:
    """The patterns of reserved paths, read once a minute."""

    async def read() -> Sequence[str]:
        if app[SETTINGS].sharing == "off":
            return []
        links = [f"/p/*{row['code']}" for row in await app[POOL].fetch(_CODES)]
        ids, rows = app[PUBLIC_IDS], await app[POOL].fetch(_SERIES)
        series = [f"/u/{ids.of(row['user_id'], row['public_sqid'])}/series/{row['id']}" for row in rows]
        # A series has its page and what is below it; a longer number is another one.
        paths = [path for each in series for path in (f"{each}$", f"{each}/")]
        return [
            *(links if len(links) <= MAX_LISTED else ["/p/"]),
            *(paths if len(series) <= MAX_LISTED else ["/u/*/series/"]),
        ]

    return Refreshed(read, seconds=SECONDS)


async def get_robots(request: web.Request) -> web.Response:
    """What crawlers may read: nothing of the API, and those for training nothing that is reserved."""
    lines = ["User-agent: *", *_PAGES]
    if reserved := await request.app[RESERVATIONS].get():
        lines += ["", *(f"User-agent: {name}" for name in CRAWLERS)]
        lines += [*_PAGES, *(f"Disallow: {path}" for path in reserved)]
    return _text(lines)


# For people who are signed in; of an artist's pages, others see their series.
_PAGES = ("Disallow: /api/", "Disallow: /u/", "Allow: /u/*/series/")


async def get_ai(request: web.Request) -> web.Response:
    """The same in the form that Spawning defines."""
    return _text(
        ["User-Agent: *", *(f"Disallow: {path}" for path in await request.app[RESERVATIONS].get()), "Allow: /"]
    )


async def get_tdmrep(request: web.Request) -> web.Response:
    """The TDM Reservation Protocol's file."""
    rules = [Reservation(path, 1) for path in await request.app[RESERVATIONS].get()]
    return web.Response(body=msgspec.json.encode(rules), content_type="application/json", headers=_KEPT)


_KEPT = {hdrs.CACHE_CONTROL: f"public, max-age={SECONDS:.0f}"}


def _text(lines: Sequence[str]) -> web.Response:
    return web.Response(text="\n".join(lines) + "\n", content_type="text/plain", charset="utf-8", headers=_KEPT)


PAGES = (
    web.get("/robots.txt", get_robots),
    web.get("/ai.txt", get_ai),
    web.get("/.well-known/tdmrep.json", get_tdmrep),
)
