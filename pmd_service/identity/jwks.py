"""The site's public keys, from where it publishes them (RFC 7517): kept, and read again when a key is not known.

While they cannot be read, those that are known go on; who comes with another one is told to come again.
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
# A withdrawn key is believed for so long at most.
REFRESH_SECONDS = 900.0
# Whoever makes key ids up makes us ask no more often; twice as long after each failure, up to the most.
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
    """The keys behind one address.

    Args:
        changed: called with the keys by their ids, when they have been read.
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
        """Whether the last reading failed: what is not known may be good."""
        return self._failures > 0

    async def refresh(self) -> None:
        """Read the keys, unless that was done, or has failed, just now; all who ask at a time wait for one reading."""
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
        """Those that are meant for our algorithm's signatures, by their ids; others are others' business.

        Raises:
            ValueError: there is none, and so this is not what we are looking for.
        """
        keys: dict[str, jwt.PyJWK] = {}
        for told in msgspec.json.decode(body, type=_KeySet).keys[:MAX_KEYS]:
            try:
                named = msgspec.convert(told, _Key)
                key = jwt.PyJWK(told, algorithm=self._algorithm)
            except (msgspec.ValidationError, jwt.PyJWTError, ValueError):
                continue
            if named.use == "sig" and named.alg in (None, self._algorithm) and is_public_key(self._algorithm, key.key):
                keys[named.kid] = key
        if not keys:
            raise ValueError(f"no key for {self._algorithm}")
        return keys

    async def go_on(self) -> None:
        """Read them now and then, for ever."""
        while True:
            await self.refresh()
            await asyncio.sleep(PAUSE_SECONDS if self.is_unavailable else REFRESH_SECONDS)
