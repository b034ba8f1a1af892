"""Edits of the texts of posts: title, description, hashtags; of all of the posts, or of none (SPEC section 5)."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import asyncpg
import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from ..assets.types import AiDisclosure
from ..base.database import Connection, find_values
from ..http.errors import unprocessable
from ..http.etags import IfMatch
from ..http.selection import PostIds, are
from ..identity.users import Actor
from ..locales import translatable
from ..site.details import edit_details, normalized
from ..site.texts import (
    MAX_DESCRIPTION,
    MAX_HASHTAGS,
    MAX_TITLE,
    AltText,
    ContentWarnings,
    Hashtags,
    edited_hashtags,
    hashtags,
    one_line,
    some_lines,
    spelled_otherwise,
)
from .changes import Change, Changed, LockedPost, changed


class PostTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new texts of one post; fields that are left out stay as they are."""

    title: Annotated[str, Meta(min_length=1, max_length=MAX_TITLE, examples=["Lighthouse"])] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=MAX_DESCRIPTION)] | UnsetType | None = UNSET
    alt_text: AltText | UnsetType | None = UNSET
    content_warnings: ContentWarnings | UnsetType = UNSET
    ai_disclosure: AiDisclosure | UnsetType | None = UNSET
    ai_opt_out: bool | UnsetType | None = UNSET


class EditRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/edit; `title`, `description` and `alt_text` are for one post at a time."""

    post_ids: PostIds
    set: PostTexts = PostTexts()
    add_hashtags: Annotated[Hashtags, Meta(examples=[["sea"]])] = []
    remove_hashtags: Hashtags = []


# Tags as JSON: arrays of arrays have one length for all.
_EDIT = """
UPDATE posts
   SET title = CASE WHEN $3 THEN $4 ELSE title END,
       description = CASE WHEN $5 THEN $6 ELSE description END,
       hashtags = ARRAY(SELECT jsonb_array_elements_text(tags::jsonb))
  FROM unnest($1::bigint[], $2::text[]) AS edited (post_id, tags)
 WHERE id = post_id AND id = ANY($1)
   AND ($3 AND title IS DISTINCT FROM $4::text
        OR $5 AND description IS DISTINCT FROM $6::text
        OR to_jsonb(coalesce(hashtags::text[], '{}')) <> tags::jsonb)
RETURNING id
"""


def editing(body: EditRequest, *, owner_id: int) -> Change:
    """The requested change.

    Raises:
        ProblemError: 422, a text for several posts, one without visible characters, or an invalid hashtag.
    """
    for name in ("title", "description", "alt_text"):
        if len(set(body.post_ids)) > 1 and getattr(body.set, name) is not UNSET:
            raise unprocessable(f"“{name}” is for one post at a time.", path=f"$.set.{name}")
    texts = _texts(body.set)
    details = normalized(body.set, path="$.set")
    add = hashtags(body.add_hashtags, path="$.add_hashtags")
    remove = hashtags(body.remove_hashtags, path="$.remove_hashtags")

    async def write(connection: Connection, posts: Sequence[LockedPost]) -> list[int]:
        tags = {post.id: edited_hashtags(post.hashtags, add=add, remove=remove) for post in posts}
        if not all(may_have(post, tags[post.id]) for post in posts):
            raise unprocessable(f"A post has at most {MAX_HASHTAGS} hashtags.", path="$.add_hashtags")
        written = await write_texts(connection, tags, *texts)
        if not details:
            return written
        post_ids = [post.id for post in posts]
        detailed = await edit_details(connection, owner_id=owner_id, post_ids=post_ids, new=details)
        return list(dict.fromkeys([*written, *detailed]))

    return Change(action="edit", write=write)


def may_have(post: LockedPost, tags: Sequence[str]) -> bool:
    """Whether a post may get these hashtags: one that already has more than the limit may lose some."""
    return len(tags) <= max(MAX_HASHTAGS, len(post.hashtags))


async def write_texts(
    connection: Connection,
    tags: Mapping[int, Sequence[str]],
    has_title: bool = False,
    title: str | None = None,
    has_description: bool = False,
    description: str | None = None,
) -> list[int]:
    """Write the hashtags of posts, and their title and description if there are new ones; returns which changed."""
    values = list(tags), [msgspec.json.encode(each).decode() for each in tags.values()]
    return await find_values(connection, _EDIT, *values, has_title, title, has_description, description)


async def edit(app: web.Application, actor: Actor, body: EditRequest, match: IfMatch) -> Changed:
    """Edit all of these posts, or none; doing it again changes nothing.

    Raises:
        ProblemError: 400 with each post that is unknown, another user's, a playlist or deleted; 412; 422 too many
            posts, a text for several, one without visible characters, one too long for the site, or too many hashtags.
    """
    try:
        posts = await editing(body, owner_id=actor.subject.id).run(app, actor, body.post_ids, match)
    except asyncpg.StringDataRightTruncationError as error:
        raise unprocessable("The site does not take texts of this length.", path="$.set") from error
    message = are(len(posts), "post", translatable("as requested"))
    note = spelled_otherwise((post.hashtags for post in posts), hashtags(body.add_hashtags, path="$.add_hashtags"))
    return changed(actor, "edit", len(posts), f"{message} {note}".rstrip())


def _texts(given: PostTexts) -> tuple[Any, ...]:
    """Whether the title is changed, and its new value; the same for the description."""
    title = None if given.title is UNSET else one_line(given.title)
    if title == "":
        raise unprocessable("A title needs at least one visible character.", path="$.set.title")
    description = None if given.description is UNSET or given.description is None else some_lines(given.description)
    return given.title is not UNSET, title, given.description is not UNSET, description or None
