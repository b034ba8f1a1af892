"""Appending a request's body to its file, and the file's expiry."""

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from uuid import UUID

from aiohttp import web

from ...base.database import POOL
from ...base.settings import SETTINGS
from ...http.errors import ProblemError, forbidden
from ...http.turns import turn_of
from ...identity.users import ACTOR
from ..checksums import Checksum
from ..held import Hold, Settled, Wanted
from ..queries import find_expiry
from ..receive import receive, wrong_offset
from ..receiving import RECEIVING
from .creation import Created
from .headers import with_expiry


def held(request: web.Request, upload_id: UUID, file_id: UUID) -> AbstractAsyncContextManager[Hold | Settled]:
    """Hold the file exclusively for this request."""
    wanted = Wanted(request[ACTOR].subject.id, upload_id, file_id)
    return request.app[RECEIVING].receivers.hold(request.app[POOL], wanted, turn=partial(turn_of, request))


async def expiry_of(request: web.Request, hold: Hold | Settled, size: int, file_id: UUID) -> datetime:
    """When the file expires."""
    if not size:
        async with turn_of(request):
            return await find_expiry(request.app[POOL], file_id, ttl_hours=request.app[SETTINGS].upload_ttl_hours)
    return hold.expires_at


async def append_body(
    request: web.Request,
    upload_id: UUID,
    file_id: UUID,
    offset: int,
    checksum: Checksum | None,
    length: int | None = None,
) -> tuple[int, datetime]:
    """Append the request's body; returns the file's new size and its expiry."""
    with request.app[RECEIVING].slot(request[ACTOR].subject.id) as pace:
        async with held(request, upload_id, file_id) as hold:
            if isinstance(hold, Hold):
                with with_expiry(hold):
                    size = await receive(request, hold, pace, offset=offset, checksum=checksum, length=length)
                return size, await expiry_of(request, hold, size, file_id)
            if hold.tus.concat is not None:
                raise forbidden("This file was concatenated from parts and accepts no other bytes.")
            if offset != hold.file_size or request.body_exists:
                raise wrong_offset(hold.file_size)
            return offset, await expiry_of(request, hold, offset, file_id)


async def append_first(
    request: web.Request, created: Created, checksum: Checksum | None, headers: dict[str, str]
) -> tuple[int, datetime]:
    """Append the body of a creation. If it is refused, the file exists nonetheless, and the problem has its URL."""
    try:
        return await append_body(request, created.upload_id, created.id, 0, checksum)
    except ProblemError as error:
        error.headers |= headers
        raise
