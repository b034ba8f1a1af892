"""GET /api/pmd/posts/{post_id}/art: the artwork's own file, for the table's thumbnails.

A site may or may not serve ``/vault/``, by rules of its own. This route does not depend on them: it finds the post
among the subject's own, and reads its file from the vault. So it shows no one more than the list of posts does.

With ``?still=1`` it answers with the first frame, so that a page of large animations loads small pictures.

In a thread: the type and the first frame, read in one hop.
"""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated

import msgspec
from aiohttp import hdrs, web
from msgspec import Meta

from ..base.database import POOL, Connection, Pool, find_one
from ..http.errors import not_found, require
from ..http.route import Answer, Routes
from ..http.selection import PostId
from ..identity.audit import record_once
from ..identity.users import ACTOR
from ..site.ai_rights import POST_OPTS_OUT, reserved
from ..site.posts import ARTWORK
from ..site.versions import find_version_url
from ..vault import VAULT, ArtworkUnavailableError, Source, Stored
from .stills import MOST_BYTES, cut_still

# The image types that are served, by the file's first bytes, as names and columns may be wrong. Formats that may
# contain scripts (SVG) are not among them.
_SIGNATURES: tuple[tuple[bytes, bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", b"", "image/png"),
    (b"GIF8", b"", "image/gif"),
    (b"\xff\xd8\xff", b"", "image/jpeg"),
    (b"RIFF", b"WEBP", "image/webp"),
    (b"BM", b"", "image/bmp"),
)
_SIGNATURE_BYTES = 16

ART_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The browser keeps it for a day, for this viewer only, and then revalidates it.
    hdrs.CACHE_CONTROL: "private, max-age=86400",
}


class ArtQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/posts/{post_id}/art."""

    still: Annotated[
        int, Meta(ge=0, le=1, description="1: of an animation, the first frame alone, where it can be cut out.")
    ] = 0
    version: (
        Annotated[int, Meta(ge=1, le=2**31 - 1, description="A file that the post has shown, by its number.")] | None
    ) = None
    file: (
        Annotated[str, Meta(max_length=64, description="Part of the file's name: another address for another file.")]
        | None
    ) = None


class Art(msgspec.Struct, frozen=True):
    """Where the file of an artwork is, and whether it may not be used for training AI."""

    art_url: str
    opts_out: bool


_ART = f"""
SELECT art_url, {POST_OPTS_OUT} AS opts_out
  FROM posts
 WHERE id = $1 AND owner_id = $2 AND {ARTWORK} AND art_url IS NOT NULL
"""


async def find_art(connection: Connection | Pool, *, owner_id: int, post_id: int) -> Art | None:
    """The file of one of the owner's artworks."""
    return await find_one(connection, Art, _ART, post_id, owner_id)


ROUTES = Routes("Posts", missing="artwork", keys="posts")


@ROUTES(
    "GET /api/pmd/posts/{post_id}/art",
    Answer("The image.", media="image/*"),
    Answer("The image is what you have.", HTTPStatus.NOT_MODIFIED),
    problems={HTTPStatus.NOT_FOUND: "There is no such post, it has no file in the vault, or it is no image."},
)
async def get_art(request: web.Request, post_id: PostId, query: ArtQuery) -> web.StreamResponse:
    """See an artwork.

    The file itself, for thumbnails: what `art_url` names when it begins with `/vault/`. `still=1` gives the first frame
    of an animated GIF, PNG or WebP, in the same format; where it cannot be cut out, and of anything else, the file.
    """
    pool, owner_id = request.app[POOL], request[ACTOR].subject.id
    art = require(await find_art(pool, owner_id=owner_id, post_id=post_id), "artwork")
    await record_once(pool, request[ACTOR], "read_posts")
    headers = reserved(ART_HEADERS) if art.opts_out else ART_HEADERS
    art_url: str | None = art.art_url
    if query.version is not None:
        art_url = await find_version_url(pool, owner_id=owner_id, post_id=post_id, number=query.version)
    return await respond_with_art(request, require(art_url, "artwork"), wants_still=query.still == 1, headers=headers)


async def respond_with_art(
    request: web.Request, art_url: str, *, wants_still: bool = False, headers: Mapping[str, str] | None = None
) -> web.StreamResponse:
    """An artwork, or its first frame.

    Args:
        headers: instead of those that keep it private and a script within it from running.

    Raises:
        ProblemError: 404, the vault does not have it, or it is no image.
    """
    vault, own = request.app[VAULT], dict(ART_HEADERS if headers is None else headers)
    (source,) = await vault.locate_artworks([art_url])
    if isinstance(source, ArtworkUnavailableError):
        raise not_found("artwork")
    content_type, still = await asyncio.to_thread(_type_and_still, source, wants_still)
    content_type = require(content_type, "artwork")
    if still is not None:
        return web.Response(body=still, content_type=content_type, headers=own)
    # Not redirected to a store: the page shows images of its own origin only.
    response = await vault.respond(
        request,
        Stored(key=source.key, size=source.size, etag=None),
        content_type=content_type,
        inline=True,
        headers=own,
    )
    return require(response, "artwork")


def _type_and_still(source: Source, wants_still: bool) -> tuple[str | None, bytes | None]:
    """The file's media type, and its first frame if requested and possible."""
    head = _head(source, MOST_BYTES if wants_still else _SIGNATURE_BYTES)
    return _image_type(head), cut_still(head) if wants_still else None


def _head(source: Source, size: int) -> bytes:
    """The file's first bytes, up to ``size``; none if it cannot be read."""
    head = bytearray()
    try:
        with source.open() as chunks:
            for chunk in chunks:
                head += chunk[: size - len(head)]
                if len(head) == size:
                    break
    except OSError:
        return b""
    return bytes(head)


def _image_type(head: bytes) -> str | None:
    return next(
        (kind for start, form, kind in _SIGNATURES if head.startswith(start) and head[8:].startswith(form)), None
    )
