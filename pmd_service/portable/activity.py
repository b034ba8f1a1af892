"""``actor.json`` and ``outbox.json``: ActivityStreams 2.0, laid out as Mastodon's archives, which importers read.

https://www.w3.org/TR/activitystreams-core/. Ids name things and need not lead anywhere.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from .records import PostRecord

CONTEXT: Sequence[Any] = (
    "https://www.w3.org/ns/activitystreams",
    {"Hashtag": "as:Hashtag", "license": {"@id": "http://schema.org/license"}},
)
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """``actor.json``."""

    context: Sequence[Any] = msgspec.field(name="@context")
    id: str
    type: Literal["Person"]
    preferred_username: str = msgspec.field(name="preferredUsername")
    name: str
    published: str
    outbox: Literal["outbox.json"]


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A post's picture; ``url`` is its path in the archive, after “/”."""

    type: Literal["Document"]
    media_type: str = msgspec.field(name="mediaType")
    url: str
    name: str | None
    width: int | None
    height: int | None


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag."""

    type: Literal["Hashtag"]
    name: Annotated[str, Meta(pattern="^#")]
    href: str


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """A post; ``content`` is HTML."""

    id: str
    type: Literal["Note"]
    name: str | None
    summary: Annotated[str | None, Meta(description="Content warnings.")]
    content: str
    published: str
    attributed_to: str = msgspec.field(name="attributedTo")
    to: Sequence[str]
    cc: Sequence[str]
    sensitive: bool
    license: str | None
    attachment: Sequence[Attachment]
    tag: Sequence[Tag]


class Create(msgspec.Struct, frozen=True, kw_only=True):
    """The activity that made a post."""

    id: str
    type: Literal["Create"]
    actor: str
    published: str
    to: Sequence[str]
    cc: Sequence[str]
    object: Note


class Outbox(msgspec.Struct, frozen=True, kw_only=True):
    """``outbox.json``."""

    context: Sequence[Any] = msgspec.field(name="@context")
    id: Literal["outbox.json"]
    type: Literal["OrderedCollection"]
    total_items: int = msgspec.field(name="totalItems")
    ordered_items: Sequence[Create] = msgspec.field(name="orderedItems")


def actor_id(site: str, handle: str) -> str:
    return f"{site}/users/{handle}"


def make_actor(site: str, handle: str, since: datetime) -> Actor:
    return Actor(
        context=CONTEXT,
        id=actor_id(site, handle),
        type="Person",
        preferred_username=handle,
        name=handle,
        published=_time(since),
        outbox="outbox.json",
    )


def make_create(site: str, handle: str, post: PostRecord) -> Create:
    """The activity of a post. A hidden one is addressed to nobody but its author."""
    actor = actor_id(site, handle)
    own = f"{actor}/posts/{post.id}"
    is_hidden = post.is_hidden or post.is_hidden_by_moderator
    to = [actor] if is_hidden else [PUBLIC]
    file, published = post.file, _time(post.created_at)
    note = Note(
        id=own,
        type="Note",
        name=post.title,
        summary=", ".join(post.content_warnings) or None,
        content=_content(post),
        published=published,
        attributed_to=actor,
        to=to,
        cc=[],
        sensitive=bool(post.content_warnings),
        license=post.license,
        attachment=[
            Attachment(
                type="Document",
                media_type=file.media_type,
                url=f"/{file.path}",
                name=post.alt_text or post.title,
                width=post.width,
                height=post.height,
            )
        ]
        if file.path
        else [],
        tag=[Tag(type="Hashtag", name=f"#{tag}", href=f"{site}/tags/{tag}") for tag in post.hashtags],
    )
    return Create(id=f"{own}/activity", type="Create", actor=actor, published=published, to=to, cc=[], object=note)


def outbox_head(count: int) -> bytes:
    """``outbox.json`` up to its first item; ``]}`` ends it."""
    empty = Outbox(context=CONTEXT, id="outbox.json", type="OrderedCollection", total_items=count, ordered_items=())
    return msgspec.json.encode(empty).removesuffix(b"]}")


def _time(at: datetime) -> str:
    # strftime takes four times as long.
    return f"{at.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"


def _content(post: PostRecord) -> str:
    paragraphs = [text for text in (post.title, post.description) if text]
    return "".join(f"<p>{escape(text).replace(chr(10), '<br>')}</p>" for text in paragraphs)
