"""A file over HTTP: aiohttp's FileResponse (sendfile, ranges, conditions) with If-Range as RFC 9110 has it."""

import math
import os
from collections.abc import Mapping
from email.utils import formatdate
from pathlib import Path

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from .ranges import asked_range


class StoredFileResponse(web.FileResponse):
    """A stored file, whole or, where the request's Range may be honoured, in part."""

    def __init__(self, path: Path, *, headers: Mapping[str, str], whole: bool) -> None:
        super().__init__(path, chunk_size=1 << 20, headers=headers)
        self._whole = whole

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        if self._whole and hdrs.RANGE in request.headers:
            headers = request.headers.copy()
            del headers[hdrs.RANGE]
            request = request.clone(headers=headers)
        return await super().prepare(request)


def file_response(
    request: web.Request, path: Path, status: os.stat_result, headers: Mapping[str, str]
) -> StoredFileResponse:
    """The answer with a file that is there.

    Raises:
        ProblemError: 416 with the file's size, the range lies behind its end.
    """
    last_modified = formatdate(math.ceil(status.st_mtime), usegmt=True)  # rounded up, as FileResponse tells it
    part = asked_range(request, status.st_size, etag=file_etag(status), last_modified=last_modified)
    return StoredFileResponse(path, headers=headers, whole=part is None)


def file_etag(status: os.stat_result) -> str:
    """The strong entity tag as FileResponse tells it: a stored file is never written to again."""
    return f"{status.st_mtime_ns:x}-{status.st_size:x}"
