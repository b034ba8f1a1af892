"""The site's published keys (JWKS, RFC 7517): cached, and fetched again when a token names an unknown key.

While they cannot be fetched, known keys remain valid, and a token with an unknown one is answered by 503.
"""

import asyncio
import time
from collections.abc import Callable, Mapping

import aiohttp
import jwt
import msgspec

from ..base.signing import Algorithm, is_public_key
from ..base.telemetry import log

READ_SECONDS = 5.0
MAX_BYTES = 256 * 1024
MAX_KEYS = 64
# A withdrawn key stays valid for so long at most.
REFRESH_SECONDS = 900.0
# Made-up key ids cause no more fetches than this; twice as long after each failure, up to the maximum.
PAUSE_SECONDS = 10.0
LONGEST_PAUSE_SECONDS = 300.0


class _Key(msgspec.Struct):
    kty: str
    kid: str
    use: str = "sig"
    alg: str | None = None


class _KeySet(msgspec.Struct):
    keys: list[dict[str, object]]


class PublishedKeys:
    """The keys at one URL.

    Args:
        changed: called with the keys by their ids whenever they have been fetched.
    """

    def __init__(self, url: str, algorithm: Algorithm, changed: Callable[[Mapping[str, jwt.PyJWK]], None]) -> None:
        self._url = url
        self._algorithm = algorithm
        self._changed = changed
        self._failures = 0
        self._next_at = -REFRESH_SECONDS
        self._reading: asyncio.Task[None] | None = None

    @property
    def is_unavailable(self) -> bool:
        """Whether the last fetch failed: an unknown key may be valid."""
        return self._failures > 0

    async def refresh(self) -> None:
        """Fetch the keys, unless that was done, or failed, just now; concurrent callers share one fetch."""
        if self._reading is None:
            if time.monotonic() < self._next_at:
                return
            self._reading = asyncio.create_task(self._read(), name="jwks")
            self._reading.add_done_callback(self._ended)
        await asyncio.shield(self._reading)

    def _ended(self, _task: object) -> None:
        self._reading = None

    async def _read(self) -> None:
        try:
            async with asyncio.timeout(READ_SECONDS):
                keys = self._keys_of(await self._fetch())
        except (aiohttp.ClientError, OSError, TimeoutError, msgspec.MsgspecError, ValueError) as error:
            self._failures += 1
            log.warning("jwks_not_read", error=repr(error), failures=self._failures)
        else:
            self._failures = 0
            self._changed(keys)
        self._next_at = time.monotonic() + min(PAUSE_SECONDS * 2.0 ** min(self._failures, 10), LONGEST_PAUSE_SECONDS)

    async def _fetch(self) -> bytes:
        async with (
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), trust_env=False) as session,
            session.get(self._url, allow_redirects=False, headers={"Accept": "application/json"}) as answer,
        ):
            if answer.status != 200:
                raise ValueError(f"the answer was {answer.status}")
            body = await answer.content.read(MAX_BYTES + 1)
            while len(body) <= MAX_BYTES and (more := await answer.content.read(MAX_BYTES)):
                body += more
        if len(body) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
        return body

    def _keys_of(self, body: bytes) -> Mapping[str, jwt.PyJWK]:
        """The keys for signatures of our algorithm, by their ids; others are ignored.

        Raises:
            ValueError: there is none.
        """
        keys: dict[str, jwt.PyJWK] = {}
        for published in msgspec.json.decode(body, type=_KeySet).keys[:MAX_KEYS]:
            try:
                named = msgspec.convert(published, _Key)
                key = jwt.PyJWK(published, algorithm=self._algorithm)
            except (msgspec.ValidationError, jwt.PyJWTError, ValueError):
                continue
            if named.use == "sig" and named.alg in (None, self._algorithm) and is_public_key(self._algorithm, key.key):
                keys[named.kid] = key
        if not keys:
            raise ValueError(f"no key for {self._algorithm}")
        return keys

    async def go_on(self) -> None:
        """Fetch them periodically, forever."""
        while True:
            await self.refresh()
            await asyncio.sleep(PAUSE_SECONDS if self.is_unavailable else REFRESH_SECONDS)
