"""Serving an archive over HTTP: always the same bytes, from any host (RFC 9110 sections 13 and 14)."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime
from types import MappingProxyType

from aiohttp import hdrs, web

from ..base.database import POOL
from ..http.turns import READER, turn_of
from ..http.unread import UNREAD
from ..vault.base import Head, ObjectUnreadableError, Slice, Stored, Streamed
from ..vault.responses import abort_on_fault, content_disposition, prepare_response
from ..vault.vault import Vault
from .retag import with_current_tags
from .sparse import SUFFIX, SparseArchive
from .sums import is_of_library


async def respond_with(
    request: web.Request,
    vault: Vault,
    stored: Stored,
    *,
    filename: str,
    when_changed: Callable[[ObjectUnreadableError], Awaitable[None]],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> web.StreamResponse | None:
    """The response for an archive, with ranges, conditions and HEAD; None if the archive is missing.

    Args:
        when_changed: called when a source turns out to be missing or changed after the response has started, before
            the connection is aborted.
        headers: additional headers.

    Raises:
        ProblemError: 416 with the archive's size.
        ObjectUnreadableError: a source is missing or has changed; the response has not started.
        VaultFaultError: the vault is unavailable.
    """
    headers = dict(headers) | {hdrs.CACHE_CONTROL: "private, no-store"}
    if not stored.key.endswith(SUFFIX):
        return await vault.respond(request, stored, filename=filename, content_type="application/zip", headers=headers)
    archive = await SparseArchive.load(vault, stored.key)
    if archive is None:
        return None
    headers[hdrs.CONTENT_TYPE] = "application/zip"
    headers[hdrs.CONTENT_DISPOSITION] = content_disposition("attachment", filename)
    head = Head(size=archive.size, etag=stored.etag or "", modified=archive.modified)
    response, positions, has_body = prepare_response(request, head, headers)
    if not has_body:
        return response
    positions = positions or range(archive.size)
    try:
        await vault.require_unchanged(archive.references(positions))
    except ObjectUnreadableError as error:
        if not is_of_library(error.key):
            raise
        async with turn_of(request):
            archive = await with_current_tags(request.app[POOL], vault, archive)
    async with aclosing(vault.stream(archive.pieces(positions))) as streamed:
        first = await anext(streamed)
        await response.prepare(request)
        with abort_on_fault(request, stored.key):
            try:
                await _send(request, response, first)
                async for each in streamed:
                    await _send(request, response, each)
                await response.write_eof()
            except ObjectUnreadableError as error:
                await when_changed(error)
                raise
    return response


async def respond_with_part(
    request: web.Request, vault: Vault, stored: Stored, part: range, *, headers: Mapping[str, str]
) -> web.StreamResponse | None:
    """The response for some of an archive's own bytes, an uncompressed entry for example, with ranges, conditions and
    HEAD; None if the archive is missing.

    Raises:
        ProblemError: 416 with the part's size.
        VaultFaultError: the vault is unavailable.
    """
    if stored.key.endswith(SUFFIX):
        archive = await SparseArchive.load(vault, stored.key)
        modified = archive.modified if archive is not None else None
    else:
        archive, whole = None, await vault.find(stored.key)
        modified = datetime.fromtimestamp(whole.modified, UTC) if whole is not None else None
    if modified is None:
        return None
    head = Head(size=len(part), etag=f"{stored.etag or ''}.{part.start}", modified=modified)
    response, selected, has_body = prepare_response(request, head, headers)
    if not has_body:
        return response
    selected = selected or range(len(part))
    positions = range(part.start + selected.start, part.start + selected.stop)
    pieces = archive.pieces(positions) if archive is not None else iter([Slice(key=stored.key, positions=positions)])
    async with aclosing(vault.stream(pieces)) as streamed:
        first = await anext(streamed)
        await response.prepare(request)
        with abort_on_fault(request, stored.key):
            await _send(request, response, first)
            async for each in streamed:
                await _send(request, response, each)
            await response.write_eof()
    return response


def is_full_download(request: web.Request, etag: str | None) -> bool:
    """Whether this request counts as a download: not a range, and not one that will be answered 304.

    FileResponse decides on 304 only when it is sent, after the handler.
    """
    if request.method != hdrs.METH_GET or hdrs.RANGE in request.headers:
        return False
    if (known := request.if_none_match) is not None:
        return not any(tag.value in (etag, "*") for tag in known)
    return request.if_modified_since is None


async def _send(request: web.Request, response: web.StreamResponse, each: Streamed) -> None:
    if isinstance(each, bytes):
        # Many small files in one chunk: a slow reader keeps a megabyte in memory.
        with request.app[UNREAD].sending(request[READER], len(each)):
            await response.write(each)
        return
    if request.transport is None:
        raise ConnectionResetError("the client has disconnected")
    await asyncio.get_running_loop().sendfile(request.transport, each.file, each.start, each.size)
