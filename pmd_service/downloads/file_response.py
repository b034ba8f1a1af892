"""An archive over HTTP: aiohttp's FileResponse (sendfile, ranges, conditions) with If-Range as RFC 9110 has it."""

import asyncio
import math
import os
import re
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from ..http.errors import ProblemError

# One range or one suffix. RFC 9110 section 14.2 lets a server ignore what else there is: several ranges at once,
# other units, a malformed header.
_SINGLE_RANGE = re.compile(r"bytes=(?:(?P<first>\d+)-(?P<last>\d*)|-(?P<suffix>\d+))")


class ArchiveResponse(web.FileResponse):
    """A published archive, whole or, where the request's Range may be honoured, in part."""

    def __init__(self, path: Path, *, filename: str, whole: bool) -> None:
        super().__init__(
            path,
            chunk_size=1 << 20,
            headers={
                hdrs.CONTENT_TYPE: "application/zip",
                hdrs.CONTENT_DISPOSITION: f'attachment; filename="{filename}"',
                hdrs.CACHE_CONTROL: "private, no-store",
            },
        )
        self._whole = whole

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        if self._whole and hdrs.RANGE in request.headers:
            headers = request.headers.copy()
            del headers[hdrs.RANGE]
            request = request.clone(headers=headers)
        return await super().prepare(request)


async def archive_response(request: web.Request, path: Path, *, filename: str) -> ArchiveResponse | None:
    """The answer to a download; None when the archive is not there.

    Raises:
        ProblemError: 416 with the archive's size, the range lies behind its end.
    """
    try:
        status = await asyncio.to_thread(path.stat)
    except FileNotFoundError:
        return None
    single = _SINGLE_RANGE.fullmatch(request.headers.get(hdrs.RANGE, "").strip())
    whole = single is None or not _is_unchanged(request, status)
    if single and not whole and not _is_satisfiable(single, status.st_size):
        raise ProblemError(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"The archive has {status.st_size} bytes, and the range lies behind its end.",
            headers={hdrs.CONTENT_RANGE: f"bytes */{status.st_size}"},
        )
    return ArchiveResponse(path, filename=filename, whole=whole)


def _is_satisfiable(single: re.Match[str], size: int) -> bool:
    if single["suffix"]:
        return int(single["suffix"]) > 0
    if single["last"] and int(single["last"]) < int(single["first"]):
        return False
    return int(single["first"]) < size


def _is_unchanged(request: web.Request, status: os.stat_result) -> bool:
    """Whether If-Range names the file as it is: its strong ETag, or its exact date (RFC 9110 section 13.1.5).

    aiohttp 3.14 takes any ETag here for a date it cannot read, and would splice two different files.
    """
    condition = request.headers.get(hdrs.IF_RANGE)
    if condition is None:
        return True
    # Both as FileResponse tells them: a published file is never overwritten in place, so that its modification time
    # and size make a strong ETag; its date is rounded up.
    etag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
    last_modified = formatdate(math.ceil(status.st_mtime), usegmt=True)
    return condition.strip() in (etag, last_modified)
