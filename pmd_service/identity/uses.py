"""When access keys were used and browsers seen at last, written for all of them by one statement each.

The first use after a pause is written at once, further ones half a minute later: a request must not cost a write.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from contextvars import Context
from datetime import UTC, datetime, timedelta

import asyncpg
import msgspec
from aiohttp import hdrs, web

from ..base.critical import create_critical_task, stop_tasks
from ..base.database import DATABASE_DOWN, POOL, Pool
from ..base.telemetry import log
from ..http.addresses import ip_of
from .keys.queries import Use, write_uses
from .sessions.browsers import MAX_LETTERS
from .sessions.queries import Seen, write_seen
from .users import Actor

WRITE_SECONDS = 30.0
# A token may say that it never ends; beyond this no browser keeps a cookie.
MAX_SESSION_SECONDS = 366 * 24 * 3600


class Uses:
    """Collects uses until they are written."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._keys: dict[int, Use] = {}
        self._browsers: dict[bytes, Seen] = {}
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def note(self, request: web.Request, actor: Actor, *, from_cookie: bool) -> None:
        """Note a request by an access key, or by a browser's cookie."""
        if actor.key is None and not from_cookie:
            return
        now, address = datetime.now(UTC), ip_of(request)
        if actor.key is not None:
            before = self._keys.get(actor.key.id)
            count = 1 + (before.count if before else 0)
            self._keys[actor.key.id] = Use(key_id=actor.key.id, count=count, at=now, address=address)
        else:
            user_agent = request.headers.get(hdrs.USER_AGENT, "")[:MAX_LETTERS]
            self._browsers[actor.credential] = Seen(
                user_id=actor.viewer.id,
                credential=actor.credential,
                user_agent=user_agent.encode(errors="replace").decode(),  # whatever bytes a client sends
                address=address,
                at=now,
                expires_at=now + timedelta(seconds=min(actor.token_ends - now.timestamp(), MAX_SESSION_SECONDS)),
            )
        self._wake.set()
        if self._task is None:
            # Not in the context of the request that happens to be the first.
            self._task = create_critical_task(self._write_forever(), name="uses", context=Context())

    def forget(self, credential: bytes) -> None:
        """Do not write of this browser."""
        self._browsers.pop(credential, None)

    async def write(self) -> None:
        """Write what has been noted.

        Raises:
            one of ``DATABASE_DOWN``: it is kept for the next time.
        """
        self._wake.clear()
        keys, self._keys = self._keys, {}
        browsers, self._browsers = self._browsers, {}
        try:
            await write_seen(self._pool, sorted(browsers.values(), key=lambda seen: seen.credential))
            browsers = {}
            await write_uses(self._pool, keys.values())
        except DATABASE_DOWN:
            self._browsers = browsers | self._browsers
            for key_id, use in keys.items():
                newer = self._keys.get(key_id)
                both = msgspec.structs.replace(newer, count=newer.count + use.count) if newer else use
                self._keys[key_id] = both
            raise

    async def _write_forever(self) -> None:
        while True:
            await self._wake.wait()
            try:
                await self.write()
            except (*DATABASE_DOWN, asyncpg.PostgresError) as error:
                log.warning("uses_not_written", error=repr(error))
            await asyncio.sleep(WRITE_SECONDS)

    async def close(self) -> None:
        await stop_tasks(self._task)
        with suppress(*DATABASE_DOWN):
            await self.write()


USES = web.AppKey("uses", Uses)


async def uses_context(app: web.Application) -> AsyncIterator[None]:
    app[USES] = Uses(app[POOL])
    yield
    await app[USES].close()
