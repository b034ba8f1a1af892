"""A gallery to show the service with: a demo artist's posts, and what other users said about them."""

import random
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import msgspec

import gallery as pictures

from ..database import Connection
from ..site.public_ids import PublicIds
from . import words
from .images import Found, Measures, measure

ARTIST, MODERATOR, OWNER = "pixelsmith", "nightwatch", "gridkeeper"
FANS = [f"fan-{number:02}" for number in range(1, 13)]

SEED = 2026
SPREAD = timedelta(days=540)  # between the oldest post and the newest

# More posts than this share pictures: 10,000 rows are seeded in seconds, 10,000 drawings are not.
MOST_DRAWINGS = 1000

_ARTWORKS = Path("art") / "demo"  # below the vault


class Artwork(msgspec.Struct, frozen=True, kw_only=True):
    """A file in the vault that becomes a post. ``source`` is the file it must be equal to."""

    source: Path
    art_url: str
    title: str
    description: str | None
    hashtags: Sequence[str]
    measures: Measures


class Gallery(msgspec.Struct, frozen=True, kw_only=True):
    """How much of everything is in the gallery."""

    posts: int
    comments: int
    reactions: int
    newly_made: bool


def draw_artworks(
    vault: Path,
    count: int,
    *,
    seed: int = SEED,
    most_drawings: int = MOST_DRAWINGS,
    drawn: Callable[[], None] = lambda: None,
) -> list[Artwork]:
    """Draw pictures into the vault; the same seed draws the same. Blocks: about 7 ms a picture."""
    folder = vault / _ARTWORKS
    folder.mkdir(parents=True, exist_ok=True)
    different = []
    for number in range(min(count, most_drawings)):
        picture = pictures.draw(folder, number, seed=seed)
        different.append((picture, measure(picture.path)))
        drawn()
    rng = random.Random(seed)
    artworks = []
    for number in range(count):
        picture, measures = different[number % most_drawings]
        moving = ("animated",) if measures.frame_count > 1 else ()
        artworks.append(
            Artwork(
                source=picture.path,
                art_url=f"/vault/{picture.path.relative_to(vault).as_posix()}",
                title=words.title(rng, picture.kind),
                description=words.description(rng, picture.kind),
                hashtags=words.hashtags(rng, picture.kind, picture.mood, *moving),
                measures=measures,
            )
        )
    return artworks


def import_artworks(vault: Path, images: Sequence[Found]) -> list[Artwork]:
    """Copy the user's own images into the vault. Blocks.

    Raises:
        OSError: an image cannot be read any more, or the vault cannot be written.
    """
    folder = vault / _ARTWORKS
    folder.mkdir(parents=True, exist_ok=True)
    artworks = []
    for number, image in enumerate(images):
        # The vault's own name: what the user's file system allowed is not for URLs.
        copy = folder / f"{number:05}.{image.measures.file_format}"
        shutil.copyfile(image.path, copy)
        moving = ("animated",) if image.measures.frame_count > 1 else ()
        tags = [tag for tag in (*words.hashtags_of_file(image.name), *moving) if tag]
        artworks.append(
            Artwork(
                source=image.path,
                art_url=f"/vault/{copy.relative_to(vault).as_posix()}",
                title=words.title_of_file(image.name),
                description=None,
                hashtags=list(dict.fromkeys(tags)),
                measures=image.measures,
            )
        )
    return artworks


async def existing_gallery(connection: Connection) -> Gallery | None:
    """The gallery that an earlier run has seeded, if one has."""
    artist_id = await connection.fetchval("SELECT id FROM users WHERE handle = $1", ARTIST)
    if artist_id is None:
        return None
    row = await connection.fetchrow(
        """
        SELECT count(*) AS posts,
               (SELECT count(*) FROM comments) AS comments,
               (SELECT count(*) FROM reactions) AS reactions
          FROM posts
         WHERE owner_id = $1 AND kind = 'artwork'""",
        artist_id,
    )
    assert row is not None
    return Gallery(**row, newly_made=False)


async def seed_gallery(
    connection: Connection, ids: PublicIds, artworks: Sequence[Artwork], *, seed: int = SEED
) -> Gallery:
    """Make the demo's users, posts, comments and reactions, all or nothing."""
    rng = random.Random(seed)
    async with connection.transaction():
        artist_id = await _add_user(connection, ids, ARTIST, ["user"])
        moderator_id = await _add_user(connection, ids, MODERATOR, ["user", "moderator"])
        await _add_user(connection, ids, OWNER, ["user", "owner"])
        fan_ids = [await _add_user(connection, ids, handle, ["user"]) for handle in FANS]
        born = await _add_posts(connection, ids, rng, artist_id, artworks)
        comments = await _add_comments(connection, rng, born, [*fan_ids, moderator_id])
        reactions = await _add_reactions(connection, rng, born, fan_ids)
    # The planner's first guesses about filled tables are poor, and index-only counts need the visibility map.
    for table in ("users", "posts", "comments", "reactions"):
        await connection.execute(f"VACUUM (ANALYZE) {table}")
    return Gallery(posts=len(artworks), comments=comments, reactions=reactions, newly_made=True)


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
                *(artwork.hashtags, artwork.art_url, *_measures(artwork.measures)),
                rng.choice([None, *licenses]) if rng.random() < 0.6 else licenses[1],
                *(hidden, hidden_by_mod, deleted and len(artworks) > 50, moment if deleted else None),
                *(int(rng.lognormvariate(4.5, 1.4)), moment),
            )
        )
    await connection.copy_records_to_table("posts", records=rows, columns=_POST_COLUMNS)
    # Playlists are posts too, and none of PMD's business.
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


def _measures(measures: Measures) -> tuple[int, int, int, str, int]:
    return measures.width, measures.height, measures.frame_count, measures.file_format, measures.file_bytes


async def _add_comments(
    connection: Connection, rng: random.Random, born: dict[int, datetime], author_ids: Sequence[int]
) -> int:
    """A few on most posts, many on some; some are anonymous, some hidden or deleted."""
    rows = []
    for post_id, moment in born.items():
        for _ in range(min(int(rng.expovariate(0.25)), 40)):
            unwelcome = rng.random() < 0.05
            fate = rng.choice((1, 2, 3)) if unwelcome else 0
            rows.append(
                (
                    UUID(int=rng.getrandbits(128), version=4),
                    post_id,
                    None if rng.random() < 0.06 else rng.choice(author_ids),
                    rng.choice(words.UNWELCOME if unwelcome else words.COMMENTS),
                    *(fate == 1, fate == 2, fate == 3),
                    _later(rng, moment),
                )
            )
    columns = (
        "id",
        "post_id",
        "author_id",
        "body",
        "hidden_by_mod",
        "deleted_by_owner",
        "deleted_by_mod",
        "created_at",
    )
    await connection.copy_records_to_table("comments", records=rows, columns=columns)
    return len(rows)


async def _add_reactions(
    connection: Connection, rng: random.Random, born: dict[int, datetime], user_ids: Sequence[int]
) -> int:
    rows = []
    for post_id, moment in born.items():
        count = min(int(rng.lognormvariate(1.8, 1.0)), 200)
        for emoji in rng.choices(words.EMOJI, words.EMOJI_WEIGHTS, k=count):
            rows.append((post_id, rng.choice(user_ids), emoji, _later(rng, moment)))
    columns = ("post_id", "user_id", "emoji", "created_at")
    await connection.copy_records_to_table("reactions", records=rows, columns=columns)
    return len(rows)


def _later(rng: random.Random, moment: datetime) -> datetime:
    """Some time after ``moment``, soon rather than late, and not in the future."""
    return moment + (datetime.now(UTC) - moment) * rng.random() ** 3


async def _take_ids(connection: Connection, table: str, count: int) -> list[int]:
    """Fresh ids from the table's own sequence, for a COPY whose rows others refer to."""
    rows = await connection.fetch(
        "SELECT nextval(pg_get_serial_sequence($1, 'id')) AS id FROM generate_series(1, $2)", table, count
    )
    return [row["id"] for row in rows]
