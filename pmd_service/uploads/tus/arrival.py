"""A request's bytes: to which file they come, where it ends then, and until when more may come."""

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
from .headers import told_until


def held(request: web.Request, upload_id: UUID, file_id: UUID) -> AbstractAsyncContextManager[Hold | Settled]:
    """The file, for this request alone."""
    wanted = Wanted(request[ACTOR].subject.id, upload_id, file_id)
    return request.app[RECEIVING].receivers.hold(request.app[POOL], wanted, turn=partial(turn_of, request))


async def expiry_of(request: web.Request, hold: Hold | Settled, size: int, file_id: UUID) -> datetime:
    """Until when more of a file may come."""
    if not size:
        async with turn_of(request):
            return await find_expiry(request.app[POOL], file_id, ttl_hours=request.app[SETTINGS].upload_ttl_hours)
    return hold.expires_at


async def take_in(
    request: web.Request,
    upload_id: UUID,
    file_id: UUID,
    offset: int,
    checksum: Checksum | None,
    length: int | None = None,
) -> tuple[int, datetime]:
    """Take the body in; returns where the file ends now, and until when it is awaited."""
    with request.app[RECEIVING].place(request[ACTOR].subject.id) as pace:
        async with held(request, upload_id, file_id) as hold:
            if isinstance(hold, Hold):
                with told_until(hold):
                    size = await receive(request, hold, pace, offset=offset, checksum=checksum, length=length)
                return size, await expiry_of(request, hold, size, file_id)
            if hold.tus.concat is not None:
                raise forbidden("This file was made of its parts: it takes no other bytes.")
            if offset != hold.file_size or request.body_exists:
                raise wrong_offset(hold.file_size)
            return offset, await expiry_of(request, hold, offset, file_id)


async def take_in_first(
    request: web.Request, created: Created, checksum: Checksum | None, headers: dict[str, str]
) -> tuple[int, datetime]:
    """The bytes that come with a creation; where they are refused, the file is there all the same, and is named."""
    try:
        return await take_in(request, created.upload_id, created.id, 0, checksum)
    except ProblemError as error:
        error.headers |= headers
        raise
