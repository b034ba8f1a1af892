"""The demo's site: an artist's posts, with other users' comments and reactions.

In a thread: drawing pictures.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from gallery import crowd
from gallery.artworks import SEED, Artwork

from ..base.database import Connection, create_pool
from ..base.public_ids import PublicIds
from ..base.settings import Settings
from ..identity.users import User, find_by_handle

ARTIST, MODERATOR, OWNER = "pixelsmith", "nightwatch", "gridkeeper"
FANS = [f"fan-{number:02}" for number in range(1, 13)]

SPREAD = timedelta(days=540)  # between the oldest post and the newest


class Gallery(msgspec.Struct, frozen=True, kw_only=True):
    """The gallery's numbers."""

    posts: int
    comments: int
    reactions: int
    newly_made: bool
    people: Mapping[str, User]  # the artist, the moderator and the owner, by their handles


_COUNT = """
SELECT (SELECT count(*) FROM posts JOIN users ON users.id = owner_id WHERE handle = $1 AND kind = 'artwork') AS posts,
       (SELECT count(*) FROM comments) AS comments,
       (SELECT count(*) FROM reactions) AS reactions
"""


async def ensure_gallery(settings: Settings, make: Callable[[], Sequence[Artwork]]) -> Gallery:
    """The existing gallery, or a new one of the artworks that ``make`` generates (in a thread)."""
    ids = PublicIds(settings.sqids_alphabet)
    pool = await create_pool(settings.database_url, application="pmd-demo", max_size=1)
    async with pool, pool.acquire() as connection:
        newly_made = not await find_by_handle(connection, ids, ARTIST)
        if newly_made:
            await _seed(connection, ids, await asyncio.to_thread(make))
        counts = await connection.fetchrow(_COUNT, ARTIST)
        people = {handle: (await find_by_handle(connection, ids, handle))[0] for handle in (ARTIST, MODERATOR, OWNER)}
    assert counts is not None
    return Gallery(**counts, newly_made=newly_made, people=people)


async def _seed(connection: Connection, ids: PublicIds, artworks: Sequence[Artwork]) -> None:
    """Create the demo's users, posts, comments and reactions in one transaction."""
    rng = random.Random(SEED)
    async with connection.transaction():
        artist_id = await _add_user(connection, ids, ARTIST, ["user"])
        moderator_id = await _add_user(connection, ids, MODERATOR, ["user", "moderator"])
        await _add_user(connection, ids, OWNER, ["user", "owner"])
        fan_ids = [await _add_user(connection, ids, handle, ["user"]) for handle in FANS]
        born = await _add_posts(connection, ids, rng, artist_id, artworks)
        comments = crowd.comments(rng, born, [*fan_ids, moderator_id])
        await connection.copy_records_to_table("comments", records=comments, columns=_COMMENT_COLUMNS)
        reactions = crowd.reactions(rng, born, fan_ids)
        await connection.copy_records_to_table("reactions", records=reactions, columns=_REACTION_COLUMNS)
    # The planner needs statistics, and index-only counts need the visibility map.
    for table in ("users", "posts", "comments", "reactions"):
        await connection.execute(f"VACUUM (ANALYZE) {table}")


async def _add_user(connection: Connection, ids: PublicIds, handle: str, roles: Sequence[str]) -> int:
    user_id: int = await connection.fetchval(
        "INSERT INTO users (handle, email, roles) VALUES ($1, $2, $3) RETURNING id",
        handle,
        f"{handle}@example.org",
        roles,
    )
    await connection.execute("UPDATE users SET public_sqid = $2 WHERE id = $1", user_id, ids.of(user_id, None))
    return user_id


async def _add_posts(
    connection: Connection, ids: PublicIds, rng: random.Random, artist_id: int, artworks: Sequence[Artwork]
) -> dict[int, datetime]:
    """The artworks in order, newest last, and a few playlists between them; returns when each artwork was born."""
    licenses = [row["id"] for row in await connection.fetch("SELECT id FROM licenses ORDER BY id")]
    now = datetime.now(UTC).replace(microsecond=0)
    moments = sorted(now - SPREAD * rng.random() for _ in artworks)
    post_ids = await _take_ids(connection, "posts", len(artworks))
    rows = []
    for post_id, moment, artwork in zip(post_ids, moments, artworks, strict=True):
        hidden, hidden_by_mod, deleted = rng.random() < 0.08, rng.random() < 0.02, rng.random() < 0.01
        rows.append(
            (
                *(post_id, artist_id, "artwork", ids.of(post_id, None), artwork.title, artwork.description),
                *(artwork.hashtags, artwork.art_url, *msgspec.structs.astuple(artwork.measures)),
                rng.choice([None, *licenses]) if rng.random() < 0.6 else licenses[1],
                *(hidden, hidden_by_mod, deleted and len(artworks) > 50, moment if deleted else None),
                *(int(rng.lognormvariate(4.5, 1.4)), moment),
            )
        )
    await connection.copy_records_to_table("posts", records=rows, columns=_POST_COLUMNS)
    # Playlists are posts too, but not handled by PMD.
    for number, name in enumerate(("Favourites", "Commissions", "Everything blue")):
        await connection.execute(
            "INSERT INTO posts (owner_id, kind, title, created_at) VALUES ($1, 'playlist', $2, $3)",
            artist_id,
            name,
            now - timedelta(days=30 * number),
        )
    return dict(zip(post_ids, moments, strict=True))


_POST_COLUMNS = (
    *("id", "owner_id", "kind", "public_sqid", "title", "description", "hashtags", "art_url"),
    *("width", "height", "frame_count", "file_format", "file_bytes", "license_id"),
    *("hidden_by_user", "hidden_by_mod", "deleted_by_user", "deleted_by_user_date", "view_count", "created_at"),
)
_FATES = ("hidden_by_mod", "deleted_by_owner", "deleted_by_mod")
_COMMENT_COLUMNS = ("id", "post_id", "author_id", "body", *_FATES, "created_at")
_REACTION_COLUMNS = ("post_id", "user_id", "emoji", "created_at")


async def _take_ids(connection: Connection, table: str, count: int) -> list[int]:
    """New ids from the table's sequence, for a COPY whose rows others refer to."""
    rows = await connection.fetch(
        "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2)", table, count
    )
    return [row["id"] for row in rows]
