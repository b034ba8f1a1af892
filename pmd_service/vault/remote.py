"""Fetches artworks on other servers from user-supplied URLs (SPEC section 7, Remote artworks).

Beyond the specification: only ports 80, 443 and from 1024 on, to protect services of other protocols; no redirects from
https to http; an unknown host name is a permanent error.

In a thread: a file that is opened, and removed if the caller was cancelled, in one hop each.
"""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Self

import aiohttp
from yarl import URL

from ..locales import translatable
from .addresses import GuardedResolver, IsAllowed, Lookup, NotPublicError, guarded_socket, is_public
from .base import ArtworkUnavailableError, create_in_thread

MAX_REDIRECTS = 5
TIMEOUT_SECONDS = 30.0
CONNECT_SECONDS = 10.0
CONCURRENCY = 8
CHUNK_BYTES = 1 << 18

REDIRECTS = {301, 302, 303, 307, 308}
_TEMPORARY = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_UNKNOWN_NAME = {socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_ADDRFAMILY}


class RemoteFaultError(Exception):
    """The artwork's server is slow, busy, broken or unreachable: a temporary fault."""


class ArtworkTooLargeError(ArtworkUnavailableError):
    """The artwork is larger than the caller's maximum."""


def user_agent(site_name: str, base_url: str) -> str:
    """The User-Agent for other servers: ASCII, with a URL for complaints."""
    product = re.sub(r"[^A-Za-z0-9]+", "-", site_name).strip("-") or "PMD"
    return f"{product}-downloads/1 (+{URL(base_url)})"


class RemoteArtworks:
    """A client for other servers' artworks; create it in a running event loop, and close it.

    It connects only to allowed addresses, uses no proxy, keeps no cookies and does not decompress.
    """

    def __init__(
        self,
        *,
        user_agent: str,
        timeout_seconds: float = TIMEOUT_SECONDS,
        is_allowed: IsAllowed = is_public,
        lookup: Lookup = socket.getaddrinfo,
    ) -> None:
        self._timeout_seconds = timeout_seconds
        self._slots = asyncio.Semaphore(CONCURRENCY)
        self._resolver = GuardedResolver(is_allowed, lookup)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self._resolver, socket_factory=partial(guarded_socket, is_allowed)),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": user_agent, "Accept-Encoding": "identity"},
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=CHUNK_BYTES,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._session.close()
        await self._resolver.close()

    async def fetch(self, url: str, target: Path, *, max_bytes: int) -> int:
        """Store the artwork in a new file and return its size in bytes; on failure there is no file.

        Raises:
            ArtworkTooLargeError: it has more than ``max_bytes``.
            ArtworkUnavailableError: it is not available, and retrying will not help.
            RemoteFaultError: it is temporarily unavailable.
            OSError: the file cannot be written.
        """
        async with self._slots:
            with _classified_errors():
                async with asyncio.timeout(self._timeout_seconds):
                    return await self._follow(_checked(url), target, max_bytes)

    async def _follow(self, url: URL, target: Path, max_bytes: int) -> int:
        for _ in range(MAX_REDIRECTS + 1):
            async with self._session.get(url, allow_redirects=False) as response:
                if response.status not in REDIRECTS:
                    _require_artwork(response)
                    return await _store(response, target, max_bytes)
                url = _redirected(url, response)
        raise ArtworkUnavailableError(translatable("The artwork's address redirects too often."))


def _checked(address: str, *, base: URL | None = None) -> URL:
    """The address, if it is allowed; the IP addresses are checked when connecting."""
    try:
        url = base.join(URL(address)) if base else URL(address)
        host, port = url.host, url.port
    except (ValueError, IndexError) as error:  # IndexError: “http://[]a@”
        raise ArtworkUnavailableError(translatable("The artwork's address is malformed.")) from error
    if url.scheme not in ("http", "https"):
        raise ArtworkUnavailableError(translatable("The artwork's address is not a web address."))
    if not host or port is None:
        raise ArtworkUnavailableError(translatable("The artwork's address is malformed."))
    if url.raw_user is not None or url.raw_password is not None:
        raise ArtworkUnavailableError(translatable("The artwork's address contains a user name or a password."))
    if port not in (80, 443) and port < 1024:
        raise ArtworkUnavailableError(translatable("The artwork's address is not that of a web server."))
    return url.with_fragment(None)


def _redirected(url: URL, response: aiohttp.ClientResponse) -> URL:
    location = response.headers.get("Location")
    if not location:
        raise ArtworkUnavailableError(translatable("The artwork's address redirects to nowhere."))
    target = _checked(location, base=url)
    if url.scheme == "https" and target.scheme != "https":
        raise ArtworkUnavailableError(translatable("The artwork's address redirects to an unencrypted one."))
    return target


def _require_artwork(response: aiohttp.ClientResponse) -> None:
    """Check the response's status and headers."""
    status = response.status
    if status >= 500 or status in _TEMPORARY:
        raise RemoteFaultError(f"answered {status}")
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise ArtworkUnavailableError(translatable("The artwork is no longer on its server."))
    if status != HTTPStatus.OK:
        raise ArtworkUnavailableError(translatable("The artwork's server refuses to send it."))
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("identity", ""):
        raise ArtworkUnavailableError(
            translatable("The artwork's server sends it compressed, although that was not accepted.")
        )
    if response.content_type in ("text/html", "application/xhtml+xml"):
        raise ArtworkUnavailableError(translatable("The artwork's server sends a web page instead."))


async def _store(response: aiohttp.ClientResponse, target: Path, max_bytes: int) -> int:
    too_large = ArtworkTooLargeError(translatable("The artwork's file is too large."))
    if (response.content_length or 0) > max_bytes:
        raise too_large
    size = 0
    async with _new_file(target) as file:
        async for chunk in response.content.iter_chunked(CHUNK_BYTES):
            size += len(chunk)
            if size > max_bytes:
                raise too_large
            await asyncio.to_thread(file.write, chunk)
        if not size:
            raise ArtworkUnavailableError(translatable("The artwork's server sends an empty file."))
    return size


@asynccontextmanager
async def _new_file(target: Path) -> AsyncIterator[BinaryIO]:
    """A new file that is removed on any failure, including repeated cancellation."""

    def drop(file: BinaryIO) -> None:
        with suppress(OSError):  # no space for the last bytes; it is removed anyway
            file.close()
        target.unlink()

    file: BinaryIO = await create_in_thread(lambda: target.open("wb"), drop)
    try:
        yield file
        await asyncio.to_thread(file.close)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(drop, file))
        raise


@contextmanager
def _classified_errors() -> Iterator[None]:
    """Raise permanent errors as ArtworkUnavailableError and temporary ones as RemoteFaultError; not the disk's."""
    try:
        yield
    except aiohttp.ClientConnectorCertificateError as error:
        raise ArtworkUnavailableError(translatable("The artwork's server has no valid certificate.")) from error
    except (aiohttp.InvalidURL, UnicodeError) as error:
        raise ArtworkUnavailableError(translatable("The artwork's address is malformed.")) from error
    except aiohttp.ClientConnectorError as error:
        if isinstance(error.os_error, NotPublicError):
            raise ArtworkUnavailableError(translatable("The artwork's address is not a public one.")) from error
        if isinstance(error.os_error, socket.gaierror) and error.os_error.errno in _UNKNOWN_NAME:
            raise ArtworkUnavailableError(translatable("The artwork's server does not exist.")) from error
        raise RemoteFaultError("cannot be reached") from error
    except (aiohttp.ClientError, ConnectionError, TimeoutError) as error:
        raise RemoteFaultError(f"broke off: {type(error).__name__}") from error
