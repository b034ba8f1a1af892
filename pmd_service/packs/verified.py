"""Bytes that are hashed on their way: a pack holds exactly what its list says, or is not published.

Hashing runs beside reading and writing, in a thread of its own: it takes about as long as they do.
"""

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

from ..vault import Part, Source, Stored

# Handing over costs some microseconds: small chunks gather to batches.
_BATCH_BYTES = 1 << 20
_MAX_BEHIND = 4


class UnreadableError(Exception):
    """A file's bytes cannot be read just now; the message is for the log."""


class OtherBytesError(Exception):
    """A file's bytes are not those that were uploaded."""


class Sha256:
    """A hash that is computed while its next bytes are made; of one thread at a time."""

    def __init__(self, thread: ThreadPoolExecutor) -> None:
        self._thread = thread
        self._hash = hashlib.sha256()
        self._batch: list[bytes] = []
        self._batch_bytes = 0
        self._behind: deque[Future[None]] = deque()

    def update(self, chunk: bytes) -> None:
        self._batch.append(chunk)
        self._batch_bytes += len(chunk)
        if self._batch_bytes >= _BATCH_BYTES:
            self._send()

    def hexdigest(self) -> str:
        self._send()
        while self._behind:
            self._behind.popleft().result()
        return self._hash.hexdigest()

    def _send(self) -> None:
        while len(self._behind) >= _MAX_BEHIND:
            self._behind.popleft().result()
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        self._behind.append(self._thread.submit(self._take, batch))

    def _take(self, batch: list[bytes]) -> None:
        for chunk in batch:
            self._hash.update(chunk)


class VerifiedSource:
    """An object that must have these very bytes, read to its end."""

    def __init__(self, source: Source, *, digest: str, thread: ThreadPoolExecutor) -> None:
        self._source = source
        self._digest = digest
        self._thread = thread
        self.key, self.size, self.modified = source.key, source.size, source.modified

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        """Its bytes; the last one is not followed by an end where they are others.

        Raises:
            UnreadableError, OtherBytesError: also in the middle.
        """
        try:
            opened = self._source.open()
            chunks = opened.__enter__()
        except OSError as error:
            raise UnreadableError(str(error)) from error
        try:
            yield self._verified(chunks)
        finally:
            opened.__exit__(None, None, None)

    def _verified(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        digest = Sha256(self._thread)
        while True:
            try:
                chunk = next(chunks, None)
            except OSError as error:
                raise UnreadableError(str(error)) from error
            if chunk is None:
                break
            digest.update(chunk)
            yield chunk
        if digest.hexdigest() != self._digest:
            raise OtherBytesError


class HashedPart:
    """A vault's part whose bytes are hashed as they are written."""

    def __init__(self, part: Part, thread: ThreadPoolExecutor) -> None:
        self._part = part
        self._hash = Sha256(thread)

    def write(self, chunk: bytes) -> None:
        self._hash.update(chunk)
        self._part.write(chunk)

    def seal(self) -> Stored:
        return self._part.seal()

    def abort(self) -> None:
        self._part.abort()

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
