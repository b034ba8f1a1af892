"""GET /api/pmd/posts/{post_id}/art: the artwork's own file, for the table's thumbnails.

The site serves ``/vault/`` itself or does not, behind whatever proxy, under whatever rules of its own. This route
depends on none of that: it asks for a post, finds it by its key among the subject's own, and reads the file through
the vault's rules. So it shows to nobody more than the list of posts does.
"""

import asyncio
from typing import Annotated

import msgspec
from aiohttp import hdrs, web

from ..database import POOL
from ..http.errors import not_found
from ..http.wire import PostId
from ..identity.users import ACTOR
from ..vault import VAULT, ArtworkUnavailableError, Source, Stored
from .queries import find_art_url

# What artists may upload as images, known by the file's first bytes: names and columns can say anything. Formats that
# can carry scripts (SVG) are not among them.
_SIGNATURES: tuple[tuple[bytes, bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", b"", "image/png"),
    (b"GIF8", b"", "image/gif"),
    (b"\xff\xd8\xff", b"", "image/jpeg"),
    (b"RIFF", b"WEBP", "image/webp"),
    (b"BM", b"", "image/bmp"),
)

ART_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The browser keeps it for a day for this viewer only, and then asks whether it has changed.
    hdrs.CACHE_CONTROL: "private, max-age=86400",
}


class ArtPath(msgspec.Struct, frozen=True, kw_only=True):
    """Whose file is meant."""

    post_id: Annotated[PostId, msgspec.Meta(description="The post's id.", examples=[102])]


async def get_art(request: web.Request) -> web.StreamResponse:
    owner_id = request[ACTOR].subject.id
    art_url = await find_art_url(request.app[POOL], owner_id=owner_id, post_id=_post_id(request))
    if art_url is None:
        raise not_found("artwork")
    vault = request.app[VAULT]
    (source,) = await vault.locate_artworks([art_url])
    if isinstance(source, ArtworkUnavailableError):
        raise not_found("artwork")
    content_type = await asyncio.to_thread(_image_type, source)
    if content_type is None:
        raise not_found("artwork")
    # Not by a redirect to a store: the page shows images of its own origin only.
    response = await vault.respond(
        request,
        Stored(key=source.key, size=source.size, etag=None),
        filename=None,
        content_type=content_type,
        disposition="inline",
        headers=ART_HEADERS,
        direct=False,
    )
    if response is None:
        raise not_found("artwork")
    return response


def _post_id(request: web.Request) -> int:
    try:
        return msgspec.convert(request.match_info, ArtPath, strict=False).post_id
    except msgspec.ValidationError as error:
        raise not_found("artwork") from error


def _image_type(source: Source) -> str | None:
    try:
        with source.open() as chunks:
            head = next(chunks, b"")[:16]
    except OSError:
        return None
    return next(
        (kind for start, form, kind in _SIGNATURES if head.startswith(start) and head[8:].startswith(form)), None
    )
