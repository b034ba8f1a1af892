"""An object over HTTP: a redirect to the store where it may be one, or streamed through us.

The answer's conditions are looked at here in both cases, so that a reader sees the same as from files. A store may not
know If-Range (SeaweedFS answers 206 whatever it says), and two different objects would be spliced: what the store could
misunderstand, it is never asked.
"""

import math
from collections.abc import Mapping
from datetime import UTC
from email.utils import formatdate
from http import HTTPStatus

from aiohttp import ETag, hdrs, web

from ..ops.telemetry import log
from .base import VaultFaultError
from .ranges import asked_range
from .s3_part import CHUNK_BYTES
from .s3_store import Head, ObjectStore, faults_told


async def store_response(
    request: web.Request, store: ObjectStore, key: str, head: Head, headers: Mapping[str, str], *, direct: bool
) -> web.StreamResponse:
    """The answer with an object that is there.

    Raises:
        ProblemError: 416 with the object's size.
        VaultFaultError: the store gave no first byte.
    """
    last_modified = formatdate(math.ceil(head.modified.timestamp()), usegmt=True)
    told: dict[str, str] = {hdrs.ETAG: f'"{head.etag}"', hdrs.LAST_MODIFIED: last_modified, hdrs.ACCEPT_RANGES: "bytes"}
    if (refused := condition_that_fails(request, head)) is not None:
        return web.Response(status=refused, headers=told)
    positions = asked_range(request, head.size, etag=head.etag, last_modified=last_modified)
    is_plain = positions is not None or hdrs.RANGE not in request.headers
    if direct and is_plain and request.method == hdrs.METH_GET:
        location = await store.presign(key, headers)
        return web.Response(
            status=HTTPStatus.FOUND, headers={hdrs.LOCATION: location, hdrs.CACHE_CONTROL: "private, no-store"}
        )
    return await _stream(request, store, key, head, positions, told | dict(headers))


def condition_that_fails(request: web.Request, head: Head) -> HTTPStatus | None:
    """304 or 412 where the request's conditions say so (RFC 9110 section 13.2.2)."""
    modified = head.modified.astimezone(UTC)
    if (if_match := request.if_match) is not None:
        if not _names(if_match, head.etag, weak=False):
            return HTTPStatus.PRECONDITION_FAILED
    elif (unmodified_since := request.if_unmodified_since) is not None and modified > unmodified_since:
        return HTTPStatus.PRECONDITION_FAILED
    if (if_none_match := request.if_none_match) is not None:
        return HTTPStatus.NOT_MODIFIED if _names(if_none_match, head.etag, weak=True) else None
    since = request.if_modified_since
    return HTTPStatus.NOT_MODIFIED if since is not None and modified <= since else None


def _names(tags: tuple[ETag, ...], etag: str, *, weak: bool) -> bool:
    return any(tag.value in (etag, "*") and (weak or not tag.is_weak) for tag in tags)


async def _stream(
    request: web.Request,
    store: ObjectStore,
    key: str,
    head: Head,
    positions: range | None,
    headers: Mapping[str, str],
) -> web.StreamResponse:
    response = web.StreamResponse(headers=headers)
    response.content_length = head.size if positions is None else len(positions)
    if positions is not None:
        response.set_status(HTTPStatus.PARTIAL_CONTENT)
        response.headers[hdrs.CONTENT_RANGE] = f"bytes {positions.start}-{positions.stop - 1}/{head.size}"
    if request.method == hdrs.METH_HEAD or not response.content_length:
        await response.prepare(request)
        await response.write_eof()
        return response
    async with store.read(key, positions) as body:
        await response.prepare(request)
        try:
            while True:
                with faults_told():
                    chunk = await body.read(CHUNK_BYTES)
                if not chunk:
                    break
                await response.write(chunk)
        except VaultFaultError as error:
            # The answer has begun: only a connection that breaks tells the reader that the rest is to be resumed.
            log.warning("download_broke_off", key=key, error=str(error))
            if request.transport is not None:
                request.transport.abort()
            return response
    await response.write_eof()
    return response
