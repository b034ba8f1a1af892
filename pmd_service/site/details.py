"""What a site's posts may have no columns for: alt text, content warnings, and what is declared about AI.

They are kept in ``post_details``, beside any site. A site whose posts have ``alt_text`` and ``content_warning`` maps
them as optional columns of its view: they are read until something is written here.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

import msgspec
from msgspec import UNSET, UnsetType

from ..assets.types import AiDisclosure
from ..base.database import Connection, find_all
from .texts import content_warnings, some_lines


class Detailed(Protocol):
    """A request that may give details; what is left out stays."""

    @property
    def alt_text(self) -> str | UnsetType | None: ...
    @property
    def content_warnings(self) -> list[str] | UnsetType: ...
    @property
    def ai_disclosure(self) -> AiDisclosure | UnsetType | None: ...
    @property
    def ai_opt_out(self) -> bool | UnsetType | None: ...


class PostDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What a post has."""

    alt_text: str | None = None
    content_warnings: Sequence[str] = ()
    ai_disclosure: AiDisclosure | None = None
    ai_opt_out: bool | None = None


class _Known(PostDetails, frozen=True, kw_only=True):
    post_id: int


def joined_details(post: str) -> str:
    """A join by which a statement has the details of a post, as ``details``.

    A column that the site's posts do not have is resolved to the one of the same name in ``otherwise``.

    Args:
        post: the posts' alias in the statement.
    """
    return f"""
  LEFT JOIN LATERAL (
       SELECT CASE WHEN post_id IS NULL THEN (SELECT alt_text FROM (SELECT {post}.*) AS own)
                   ELSE our_alt_text END AS alt_text,
              CASE WHEN post_id IS NULL
                   THEN array_remove(ARRAY[(SELECT content_warning FROM (SELECT {post}.*) AS own)], NULL)
                   ELSE content_warnings END AS content_warnings, ai_disclosure, ai_opt_out
         FROM (SELECT NULL::text AS alt_text, NULL::text AS content_warning) AS otherwise
         LEFT JOIN (SELECT post_id, alt_text AS our_alt_text, content_warnings, ai_disclosure, ai_opt_out
                      FROM post_details) AS ours ON post_id = {post}.id) AS details ON true"""


_FIND = f"""
SELECT posts.id AS post_id, details.alt_text, details.content_warnings, ai_disclosure, ai_opt_out
  FROM posts {joined_details("posts")}
 WHERE posts.id = ANY ($1) AND owner_id = $2
"""
_WRITE = """
INSERT INTO post_details (post_id, owner_id, alt_text, content_warnings, ai_disclosure, ai_opt_out)
SELECT post_id, $1, alt_text, coalesce(content_warnings, '{}'), ai_disclosure, ai_opt_out
  FROM jsonb_populate_recordset(NULL::post_details, $2)
    ON CONFLICT (post_id) DO UPDATE
   SET alt_text = excluded.alt_text, content_warnings = excluded.content_warnings,
       ai_disclosure = excluded.ai_disclosure, ai_opt_out = excluded.ai_opt_out
"""
# No trigger does it: nobody else writes details.
_NOTE = """
SELECT note_posts(ids, array_fill($2::int, ARRAY[cardinality(ids)]),
                  array_fill('changed'::text, ARRAY[cardinality(ids)])),
       index_posts(ids)
  FROM (SELECT $1::bigint[] AS ids) AS changed
"""


def normalized(given: Detailed, *, path: str) -> Mapping[str, object]:
    """The given details as they are stored, by name.

    Raises:
        ProblemError: 422, a warning has no visible characters.
    """
    new: dict[str, object] = {
        name: value for name in PostDetails.__struct_fields__ if (value := getattr(given, name)) is not UNSET
    }
    if given.alt_text is not UNSET:
        new["alt_text"] = some_lines(given.alt_text or "") or None
    if given.content_warnings is not UNSET:
        new["content_warnings"] = content_warnings(given.content_warnings, path=f"{path}.content_warnings")
    return new


async def find_details(
    connection: Connection, *, owner_id: int, post_ids: Collection[int]
) -> Mapping[int, Mapping[str, object]]:
    """The details of posts by their ids, as ``write_details`` takes them."""
    known = await find_all(connection, _Known, _FIND, list(post_ids), owner_id)
    return {each.post_id: _values(each) for each in known}


def _values(known: _Known) -> Mapping[str, object]:
    return {name: value for name, value in msgspec.to_builtins(known).items() if name != "post_id"}


async def write_details(connection: Connection, *, owner_id: int, details: Mapping[int, Mapping[str, object]]) -> None:
    """Write all details of posts that the transaction has locked, by their ids."""
    if details:
        rows = [{"post_id": post_id, **values} for post_id, values in details.items()]
        await connection.execute(_WRITE, owner_id, rows)
        await connection.execute(_NOTE, [*details], owner_id)


async def edit_details(
    connection: Connection, *, owner_id: int, post_ids: Collection[int], new: Mapping[str, object]
) -> list[int]:
    """Write ``normalized`` values to posts that the transaction has locked; returns the ids of those that change."""
    known = await find_details(connection, owner_id=owner_id, post_ids=post_ids)
    edited = {post_id: {**values, **new} for post_id, values in known.items()}
    changed = {post_id: values for post_id, values in edited.items() if values != known[post_id]}
    await write_details(connection, owner_id=owner_id, details=changed)
    return [*changed]


async def add_details(connection: Connection, *, owner_id: int, post_id: int, details: PostDetails) -> None:
    """Write the details of a post that this transaction has made, where it has any."""
    if any(value not in (None, [], ()) for value in msgspec.structs.astuple(details)):
        row = {"post_id": post_id, **msgspec.to_builtins(details)}
        await connection.execute(_WRITE, owner_id, [row])
        await connection.execute("SELECT index_posts(ARRAY[$1::bigint])", post_id)
