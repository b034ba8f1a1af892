"""``pmd-admin site check``: runs the service's statements on a site's own tables, each rolled back."""

import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, get_args

import asyncpg
import msgspec

from ..base.database import Connection, Pool
from ..base.public_ids import PublicIds
from ..base.settings import Settings
from ..downloads import manifest
from ..downloads.requests import DOWNLOADABLE
from ..http.wire import Cursor
from ..identity.search import find_users
from ..identity.users import Actor, User, find_by_handle, find_target, find_user, in_good_standing
from ..posts import actions
from ..posts import queries as posts
from ..posts.art import find_art
from ..posts.edits import EditRequest, PostTexts, editing
from ..posts.filters import PostFilter, State, Where
from ..posts.windows import Window, window_statement
from ..site.licenses import list_licenses
from ..site.posts import ARTWORK, LIVE_ARTWORK
from ..site.rights import missing_rights

SLOW_MS = 100.0
# Postgres uses custom plans for a statement's first five runs; the slowest of six covers the generic plan, too.
RUNS = 6


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """The owner with the most artworks, up to 128 of these, and another user as moderator."""

    owner_id: int
    owner_sqid: str
    handle: str
    post_ids: list[int]
    moderator_id: int

    @property
    def artist(self) -> Actor:
        owner = User(id=self.owner_id, sqid=self.owner_sqid, handle=self.handle, roles=())
        return Actor(viewer=owner, subject=owner, token_ends=math.inf)

    @property
    def moderator(self) -> Actor:
        viewer = User(id=self.moderator_id, sqid="", handle="", roles=("moderator",))
        return Actor(viewer=viewer, subject=self.artist.subject, token_ends=math.inf)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A group of statements: the duration of its slowest run, or the error in one line."""

    what: str
    milliseconds: float = 0.0
    error: str | None = None


class _RollBackError(Exception):
    """Rolls a transaction back."""


Probe = Callable[[Connection, PublicIds, Sample], Awaitable[Any]]


def _list_posts(state: State) -> Probe:
    return lambda connection, ids, sample: posts.list_posts(
        connection, ids, owner_id=sample.owner_id, limit=512, after=Cursor.parse(None), state=state
    )


async def _read_users(connection: Connection, ids: PublicIds, sample: Sample) -> None:
    await find_user(connection, ids, sample.owner_sqid)
    await find_target(connection, ids, sample.owner_sqid)
    await find_by_handle(connection, ids, sample.handle)
    await find_users(connection, ids, sample.handle[:3])
    await in_good_standing(connection, [sample.owner_id])


async def _build(connection: Connection, ids: PublicIds, sample: Sample) -> None:
    await connection.fetch(DOWNLOADABLE, sample.post_ids, sample.owner_id)
    artworks, _ = await manifest.load_artworks(connection, ids, owner_id=sample.owner_id, post_ids=sample.post_ids)
    sqids = {artwork.post_id: artwork.record.sqid for artwork in artworks}
    async for _ in manifest.comments_json(connection, sqids):
        pass
    await manifest.load_reactions(connection, sqids)


async def _edit(connection: Connection, _ids: PublicIds, sample: Sample) -> None:
    texts = PostTexts(title="Another title", description="Another description")
    edit = EditRequest(post_ids=sample.post_ids[:1], set=texts, add_hashtags=["another"])
    await editing(edit, owner_id=sample.artist.subject.id).apply(connection, sample.artist, edit.post_ids)


async def _search(connection: Connection, _ids: PublicIds, sample: Sample) -> None:
    where = await Where.read(connection, PostFilter(q="sea"), owner_id=sample.owner_id)
    window = Window(chosen=PostFilter(q="sea"), state="active", sort="-date", offset=0, limit=100)
    await connection.fetch(window_statement(where, window), *where.values, window.limit, window.offset)


def _by_artist(action: actions.Action) -> Probe:
    return lambda connection, _ids, sample: actions.own(action).apply(connection, sample.artist, sample.post_ids)


def _by_moderator(action: actions.Action) -> Probe:
    async def run(connection: Connection, _ids: PublicIds, sample: Sample) -> None:
        await actions.moderated(action, sample.moderator, "A reason").apply(
            connection, sample.moderator, sample.post_ids
        )

    return run


async def _set_license(connection: Connection, _ids: PublicIds, sample: Sample) -> None:
    await actions.licensing(None).apply(connection, sample.artist, sample.post_ids)


PROBES: dict[str, Probe] = {
    "users are found": _read_users,
    "users are searched": lambda connection, ids, sample: find_users(connection, ids, sample.handle),
    **{f"a page of posts is listed: {state}": _list_posts(state) for state in get_args(State)},
    "posts are searched": _search,
    "an artwork's file is found": lambda connection, _ids, sample: find_art(
        connection, owner_id=sample.owner_id, post_id=sample.post_ids[0]
    ),
    "licences are listed": lambda connection, _ids, _sample: list_licenses(connection),
    "a download is built": _build,
    "posts: edit": _edit,
    "posts: license": _set_license,
    **{f"posts: {action}": _by_artist(action) for action in get_args(actions.Action)},
    **{f"posts, by a moderator: {action}": _by_moderator(action) for action in get_args(actions.Action)},
}

_SAMPLE = f"""
SELECT users.id AS owner_id, users.public_sqid, users.handle,
       array(SELECT id FROM posts
              WHERE owner_id = users.id AND {LIVE_ARTWORK}
              ORDER BY id LIMIT 128) AS post_ids,
       coalesce((SELECT id FROM users AS other WHERE other.id <> users.id LIMIT 1), 0) AS moderator_id
  FROM users
 WHERE id = (SELECT owner_id FROM posts
              WHERE {LIVE_ARTWORK}
              GROUP BY owner_id ORDER BY count(*) DESC LIMIT 1)
"""


# The trigger that attaching makes keeps them.
_NOT_SEARCHED = f"""
SELECT count(*) FROM (SELECT id FROM posts WHERE {ARTWORK} EXCEPT SELECT post_id FROM post_search) AS missing
"""


async def check_site(pool: Pool, settings: Settings) -> list[Finding]:
    """Check rights and columns, then run every probe; nothing is committed."""
    if missing := await missing_rights(pool):
        return [Finding(what="the site's tables", error=error) for error in missing]
    ids = PublicIds(settings.sqids_alphabet)
    row = await pool.fetchrow(_SAMPLE)
    if row is None:
        return [Finding(what="the site's tables", error="there is no artwork to try the statements on")]
    columns = dict(row)
    sample = Sample(owner_sqid=ids.of(row["owner_id"], columns.pop("public_sqid")), **columns)
    findings = [await _try(pool, ids, sample, what, probe) for what, probe in PROBES.items()]
    if missing_posts := await pool.fetchval(_NOT_SEARCHED):
        error = f"posts missing in post_search: {missing_posts:,}; run “pmd-admin site attach” again"
        findings.append(Finding(what="searches know all posts", error=error))
    return findings


async def _try(pool: Pool, ids: PublicIds, sample: Sample, what: str, probe: Probe) -> Finding:
    slowest = 0.0
    async with pool.acquire() as connection:
        for _ in range(RUNS):
            began = time.perf_counter()
            try:
                async with connection.transaction():
                    await probe(connection, ids, sample)
                    raise _RollBackError
            except _RollBackError:
                slowest = max(slowest, (time.perf_counter() - began) * 1000)
            except (asyncpg.PostgresError, msgspec.DecodeError) as error:
                return Finding(what=what, error=" ".join(str(error).split()))
    return Finding(what=what, milliseconds=slowest)
