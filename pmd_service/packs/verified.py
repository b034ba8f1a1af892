"""Bytes that are hashed on their way: a pack holds exactly what its list says, or is not published.

Hashing runs beside reading and writing, in threads of its own: it takes longer than they do.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Self

from ..vault import Part, Source, Stored
from ..vault.base import Chunk

# Handing over costs some microseconds: small chunks gather to batches.
_BATCH_BYTES = 1_000_000
_MAX_BEHIND = 4


class FileFaultError(Exception):
    """Something is wrong with the file of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class UnreadableError(FileFaultError):
    """A file's bytes cannot be read just now."""


class OtherBytesError(FileFaultError):
    """A file's bytes are not those that were uploaded."""


class HashThread:
    """Hashes one thing after the other, a few megabytes behind whoever makes the bytes.

    What goes wrong there is raised by a later call, at the latest ``wait``. As a context manager it ends its thread.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pack-hash")
        self._behind: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def send(self, work: Callable[[], None]) -> None:
        while len(self._behind) >= _MAX_BEHIND:
            self._behind.popleft().result()
        self._behind.append(self._thread.submit(work))

    def wait(self) -> None:
        while self._behind:
            self._behind.popleft().result()

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)


class Sha256:
    """A hash that is computed while its next bytes are made."""

    def __init__(self, thread: HashThread) -> None:
        self._thread = thread
        self._hash = hashlib.sha256()
        self._batch: list[Chunk] = []
        self._batch_bytes = 0

    def update(self, chunk: Chunk) -> None:
        self._batch.append(chunk)
        self._batch_bytes += len(chunk)
        if self._batch_bytes >= _BATCH_BYTES:
            self._send()

    def end(self, check: Callable[[str], None]) -> None:
        """No more bytes come; ``check`` gets the hexadecimal digest, in the thread and in its turn."""
        self._send()
        self._thread.send(lambda: check(self._hash.hexdigest()))

    def hexdigest(self) -> str:
        self._send()
        self._thread.wait()
        return self._hash.hexdigest()

    def _send(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        self._thread.send(lambda: self._take(batch))

    def _take(self, batch: list[Chunk]) -> None:
        for chunk in batch:
            self._hash.update(chunk)


class VerifiedSource:
    """An object that must have these very bytes, read to its end.

    The next file is read before the last bytes of this one are hashed: that they are others, the thread tells later.
    """

    def __init__(self, source: Source, *, name: str, digest: str, thread: HashThread) -> None:
        self._source = source
        self._name = name
        self._digest = digest
        self._thread = thread
        self.key, self.size, self.modified = source.key, source.size, source.modified

    @contextmanager
    def open(self) -> Iterator[Iterator[bytes]]:
        """Its bytes.

        Raises:
            UnreadableError: also in the middle.
            OtherBytesError: of a file before.
        """
        try:
            opened = self._source.open()
            chunks = opened.__enter__()
        except OSError as error:
            raise UnreadableError(self._name) from error
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
                raise UnreadableError(self._name) from error
            if chunk is None:
                break
            digest.update(chunk)
            yield chunk
        digest.end(self._check)

    def _check(self, digest: str) -> None:
        if digest != self._digest:
            raise OtherBytesError(self._name)


class HashedPart:
    """A vault's part whose bytes are hashed as they are written."""

    def __init__(self, part: Part, thread: HashThread) -> None:
        self._part = part
        self._hash = Sha256(thread)

    def write(self, chunk: Chunk) -> None:
        self._hash.update(chunk)
        self._part.write(chunk)

    def seal(self) -> Stored:
        return self._part.seal()

    def abort(self) -> None:
        self._part.abort()

    def hexdigest(self) -> str:
        return self._hash.hexdigest()
