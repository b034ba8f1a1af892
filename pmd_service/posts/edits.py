"""Edits of the texts of posts: title, description, hashtags; of all of the posts, or of none (SPEC section 5)."""

from typing import Annotated, Any

import asyncpg
import msgspec
from msgspec import UNSET, Meta, UnsetType

from ..base.database import Pool
from ..http.errors import unprocessable
from ..http.selection import PostIds, are, check_all_found, distinct_ids
from ..identity.users import Actor
from ..outbox.hook import Hook
from ..site.texts import MAX_HASHTAGS, Hashtags, edited_hashtags, hashtags, one_line, some_lines
from .changes import Changed, change, changed, statement

MAX_TITLE = 128
MAX_DESCRIPTION = 5000


class PostTexts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new texts of one post; fields that are left out stay as they are."""

    title: Annotated[str, Meta(min_length=1, max_length=MAX_TITLE, examples=["Lighthouse"])] | UnsetType = UNSET
    description: Annotated[str, Meta(max_length=MAX_DESCRIPTION)] | UnsetType | None = UNSET


class EditRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/edit; `title` and `description` are for one post at a time."""

    post_ids: PostIds
    set: PostTexts = PostTexts()
    add_hashtags: Annotated[Hashtags, Meta(examples=[["sea"]])] = []
    remove_hashtags: Hashtags = []


# A post that already has more than the limit may lose some, and gets no more.
_TAGS = edited_hashtags(add="$11", remove="$12")

EDIT = statement(
    f"""title = CASE WHEN $7 THEN $8 ELSE title END, description = CASE WHEN $9 THEN $10 ELSE description END,
        hashtags = {_TAGS}""",
    holds=f"""(NOT $7::boolean OR title IS NOT DISTINCT FROM $8::text)
              AND (NOT $9::boolean OR description IS NOT DISTINCT FROM $10::text)
              AND coalesce(hashtags::text[], '{{}}') = {_TAGS}""",
    also=f", cardinality({_TAGS}) <= greatest({MAX_HASHTAGS}, cardinality(hashtags)) AS fits",
    allowed="coalesce((SELECT bool_and(fits) FROM chosen), true)",
)


async def edit(pool: Pool, hook: Hook, actor: Actor, body: EditRequest) -> Changed:
    """Edit all of these posts, or none; doing it again changes nothing.

    Raises:
        ProblemError: 400 with each post that is unknown, another user's, a playlist or deleted; 422 too many posts, a
            text for several, one without visible characters, one too long for the site, or too many hashtags.
    """
    post_ids = distinct_ids("post", body.post_ids)
    for name in ("title", "description"):
        if len(post_ids) > 1 and getattr(body.set, name) is not UNSET:
            raise unprocessable(f"A {name} is for one post at a time.", path=f"$.set.{name}")
    texts = _texts(body.set)
    add = hashtags(body.add_hashtags, path="$.add_hashtags")
    remove = hashtags(body.remove_hashtags, path="$.remove_hashtags")
    try:
        row = await change(pool, hook, actor, "edit", EDIT, post_ids, *texts, add, remove)
    except asyncpg.StringDataRightTruncationError as error:
        raise unprocessable("The site does not take texts of this length.", path="$.set") from error
    check_all_found("post", body.post_ids, row["found"])
    if not row["allowed"]:
        raise unprocessable(f"A post has at most {MAX_HASHTAGS} hashtags.", path="$.add_hashtags")
    return changed(actor, "edit", len(post_ids), f"{are(len(post_ids), 'post', 'as you have said')}.")


def _texts(given: PostTexts) -> tuple[Any, ...]:
    """Whether the title is changed, and its new value; the same for the description."""
    title = None if given.title is UNSET else one_line(given.title)
    if title == "":
        raise unprocessable("A title needs at least one visible character.", path="$.set.title")
    description = None if given.description is UNSET or given.description is None else some_lines(given.description)
    return given.title is not UNSET, title, given.description is not UNSET, description or None
