"""``pmd doctor``: looks at every dependency and says in a sentence what is wrong with it."""

import asyncio
import struct
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import asyncpg
import msgspec

from ..base.migrations import SchemaError, require_migrated
from ..base.pooler import require_sessions
from ..base.settings import Settings, SettingsError
from ..media.engine import MODEL_MODULES, missing_modules
from ..media.look import Candidate, Refused, look_files
from ..media.sandbox import missing_walls, standing_walls
from ..media.walls import require_walls
from ..outbox import Mailer
from ..site.rights import missing_rights
from ..vault import VaultFaultError, opened_vault
from ..work.queue import Queue, Queues

CHECK_SECONDS = 10.0
LATE_SECONDS = 600


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at; ``detail`` says what was found, well or not."""

    name: str
    is_well: bool
    detail: str


class SickError(Exception):
    """Something is wrong; the message is a sentence for an operator."""


Check = Callable[[Settings], Awaitable[str]]


async def diagnose(settings: Settings) -> list[Finding]:
    """Make every check, each on its own: one that fails hides none of the others."""
    return [await _find(name, check, settings) for name, check in CHECKS.items()]


async def _find(name: str, check: Check, settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return Finding(name=name, is_well=True, detail=await check(settings))
    except (SickError, SettingsError, SchemaError, VaultFaultError) as error:
        return Finding(name=name, is_well=False, detail=str(error))
    except TimeoutError:
        return Finding(name=name, is_well=False, detail=f"No answer within {CHECK_SECONDS:.0f} s.")
    except Exception as error:
        return Finding(name=name, is_well=False, detail=f"{type(error).__name__}: {error}")


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


async def _postgres(settings: Settings) -> str:
    async with _connected(settings.database_url) as connection:
        version = await connection.fetchval("SHOW server_version")
        if await connection.fetchval("SELECT pg_is_in_recovery()"):
            raise SickError("This Postgres is a read-only replica.")
    return f"PostgreSQL {version}."


async def _pooler(settings: Settings) -> str:
    await require_sessions(settings.database_url)
    return "Each connection has a session of its own."


async def _schema(settings: Settings) -> str:
    async with asyncpg.create_pool(settings.database_url, min_size=1, max_size=1) as pool:
        await require_migrated(pool)
    return "Every migration has run."


async def _site(settings: Settings) -> str:
    async with _connected(settings.database_url) as connection:
        missing = await missing_rights(connection)
    if missing:
        raise SickError(f"The site's tables do not fit: {'; '.join(missing[:3])}. See “pmd site check”.")
    return "The site's tables may be read and written as the service does."


async def _listen(settings: Settings) -> str:
    """Send ourselves a notification: behind a transaction-mode pooler it never arrives."""
    heard = asyncio.Event()
    async with _connected(settings.listen_dsn) as listener, _connected(settings.database_url) as speaker:
        await listener.add_listener("pmd_doctor", lambda *_: heard.set())
        await speaker.execute("NOTIFY pmd_doctor")
        try:
            async with asyncio.timeout(CHECK_SECONDS / 2):
                await heard.wait()
        except TimeoutError:
            raise SickError("A NOTIFY did not arrive: set LISTEN_DATABASE_URL to a direct connection.") from None
    return "A NOTIFY arrives."


async def _redis(settings: Settings) -> str:
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        info = await queues.redis.info()
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise SickError(f"maxmemory-policy is {policy}: jobs may be evicted. Set it to noeviction.")
    return f"{info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}."


async def _worker(settings: Settings) -> str:
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        if not await queues.is_answered(Queue.DOWNLOADS):
            raise SickError("No worker is running: start one with “arq worker.WorkerSettings”.")
        return f"A worker is running; {await queues.depth(Queue.DOWNLOADS)} jobs wait."


async def _requests(settings: Settings) -> str:
    async with _connected(settings.database_url) as connection:
        row = await connection.fetchrow(
            """SELECT count(*) AS unfinished,
                      coalesce(extract(epoch FROM now() - min(next_attempt_at)), 0)::int AS late_seconds
                 FROM batch_download_requests
                WHERE status IN ('pending', 'processing') AND deleted_at IS NULL"""
        )
    assert row is not None
    if row["late_seconds"] > LATE_SECONDS:
        raise SickError(f"{row['unfinished']} requests are unfinished, the oldest for {row['late_seconds']} s.")
    return f"{row['unfinished']} requests are unfinished."


async def _vault(settings: Settings) -> str:
    async with opened_vault(settings) as vault:
        return await vault.describe(settings.bdr_max_bytes)


async def _mail(settings: Settings) -> str:
    mailer = Mailer.of(settings)
    if mailer is None:
        return "Off: SMTP_URL is not set."
    async with mailer.connected():
        return "The mail server lets us in."


# A picture of one pixel (BMP: file header, BITMAPINFOHEADER, a padded row).
_PIXEL = struct.pack("<2sIIIIiiHHIIiiII4s", b"BM", 58, 0, 54, 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0, b"\x10\x20\x30\0")


async def _media(settings: Settings) -> str:
    """Look at a picture, as an upload's files are looked at, and tell which walls stand around that."""
    if missing := missing_modules():
        raise SickError(f"Uploads and tasks cannot work: {', '.join(missing)} are missing. Install the extra “media”.")
    require_walls(settings)
    with tempfile.TemporaryDirectory(prefix="pmd-doctor-") as name:
        folder = Path(name)
        (folder / "pixel.bmp").write_bytes(_PIXEL)
        async with aclosing(look_files([Candidate(folder / "pixel.bmp", "pixel.bmp")], folder)) as answers:
            answer = await anext(answers)
    if isinstance(answer, Refused):
        raise SickError(f"A picture that is well cannot be looked at: {answer.message}")
    said = f"Files are looked at behind {', '.join(await asyncio.to_thread(standing_walls))}."
    if missing := missing_walls():
        said += f" As MEDIA_SANDBOX=partial has it, {' and '.join(missing)} may be missing."
    if missing := missing_modules(MODEL_MODULES):
        said += f" The model for drawings is not set up: {', '.join(missing)} are missing (extra “ai”)."
    return said


CHECKS: dict[str, Check] = {
    "postgres": _postgres,
    "pooler": _pooler,
    "schema": _schema,
    "site": _site,
    "listen": _listen,
    "redis": _redis,
    "worker": _worker,
    "vault": _vault,
    "mail": _mail,
    "media": _media,
    "requests": _requests,
}
