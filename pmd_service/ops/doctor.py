"""``pmd-admin doctor``: checks every dependency and explains what is wrong with it.

In a thread: asking the kernel what the sandbox can use.
"""

import asyncio
import struct
import tempfile
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import asyncpg
import msgspec
import redis

from ..base.built import find_built
from ..base.migrations import SchemaError, require_migrated
from ..base.pooler import require_sessions, require_version
from ..base.schema import Schema
from ..base.settings import Settings, SettingsError
from ..base.unreachable import DatabaseUnreachableError
from ..media.messages import Faulted, Refused
from ..media.modules import MODEL_MODULES, missing_modules
from ..media.probe import Candidate, probe_files
from ..media.sandbox import active_layers, missing_layers
from ..media.sandbox_policy import require_sandbox
from ..media.spare import ChildFaultError
from ..outbox.mailer import Mailer
from ..site.rights import missing_rights
from ..vault import VaultFaultError, opened_vault
from ..work.missing_workers import find_missing
from ..work.queue import HEARTBEAT_GAP_SECONDS, Queues
from ..work.registry import measure_load
from .commands import connected

CHECK_SECONDS = HEARTBEAT_GAP_SECONDS + 3.0
LATE_SECONDS = 600
# Leases expire by Postgres' clock, tokens by the server's (docs/configuration.md, Clocks).
CLOCK_SECONDS = 30.0


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a check.

    ``is_well`` is None if it was skipped because of another failed check, so that each problem is reported once.
    """

    name: str
    is_well: bool | None
    detail: str


class CheckFailedError(Exception):
    """A check has failed; the message is for an operator."""


Check = Callable[[Settings], Awaitable[str]]


async def diagnose(settings: Settings) -> list[Finding]:
    """Run all checks. A failed check only skips those that depend on it."""
    findings: dict[str, Finding] = {}
    for name, (check, needed) in CHECKS.items():
        failed = next((each for each in needed if not findings[each].is_well), None)
        findings[name] = (
            Finding(name=name, is_well=None, detail=f"Skipped because of {failed}.")
            if failed
            else await _find(name, check, settings)
        )
    return [*findings.values()]


async def _find(name: str, check: Check, settings: Settings) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return Finding(name=name, is_well=True, detail=await check(settings))
    except (CheckFailedError, SettingsError, SchemaError, DatabaseUnreachableError, VaultFaultError) as error:
        return Finding(name=name, is_well=False, detail=f"{str(error)[:1].upper()}{str(error)[1:]}")
    except TimeoutError:
        return Finding(name=name, is_well=False, detail=f"No answer within {CHECK_SECONDS:.0f} s.")
    except Exception as error:
        return Finding(name=name, is_well=False, detail=f"{type(error).__name__}: {error}")


async def _postgres(settings: Settings) -> str:
    async with connected(settings.database_url) as connection:
        version = await connection.fetchval("SHOW server_version")
        require_version(connection)
        if await connection.fetchval("SELECT pg_is_in_recovery()"):
            raise CheckFailedError("This Postgres is a read-only replica: point DATABASE_URL to the primary.")
        if await connection.fetchval("SHOW transaction_read_only") == "on":
            raise CheckFailedError(
                "The database is read-only: default_transaction_read_only is on, for it or for the role."
            )
    return f"PostgreSQL {version}."


async def _pooler(settings: Settings) -> str:
    await require_sessions(settings.database_url)
    return "Each connection has its own session."


async def _schema(settings: Settings) -> str:
    async with asyncpg.create_pool(settings.database_url, min_size=1, max_size=1) as pool:
        await require_migrated(pool)
        schema = Schema()
        await schema.check(pool)
    if schema.is_newer:
        raise CheckFailedError("The database has migrations of a newer release: upgrade this host to that release.")
    return "All migrations are applied."


async def _clocks(settings: Settings) -> str:
    """The difference to Postgres' clock, at the midpoint of the round trip."""
    async with connected(settings.database_url) as connection:
        began = time.time()
        theirs = float(await connection.fetchval("SELECT extract(epoch FROM clock_timestamp())"))
        apart = theirs - (began + time.time()) / 2
    if abs(apart) > CLOCK_SECONDS:
        raise CheckFailedError(
            f"This host's clock and Postgres' are {abs(apart):.0f} s apart: tokens expire too late or at once. Run NTP."
        )
    return f"This host's clock and Postgres' are {abs(apart):.1f} s apart."


async def _site(settings: Settings) -> str:
    async with connected(settings.database_url) as connection:
        missing = await missing_rights(connection)
    if missing:
        raise CheckFailedError(f"The site's tables do not match: {'; '.join(missing[:3])}. See “pmd-admin site check”.")
    return "The site's tables can be read and written."


async def _listen(settings: Settings) -> str:
    """Notify ourselves: behind a transaction-mode pooler the notification never arrives."""
    received = asyncio.Event()
    async with connected(settings.listen_dsn) as listener, connected(settings.database_url) as speaker:
        await listener.add_listener("pmd_doctor", lambda *_: received.set())
        await speaker.execute("NOTIFY pmd_doctor")
        try:
            async with asyncio.timeout(CHECK_SECONDS / 2):
                await received.wait()
        except TimeoutError:
            raise CheckFailedError("A NOTIFY did not arrive: set LISTEN_DATABASE_URL to a direct connection.") from None
    return "A NOTIFY arrives."


async def _redis(settings: Settings) -> str:
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        info = await queues.redis.info()
        try:
            await queues.redis.set("pmd:doctor", b"", ex=1)
        except redis.OutOfMemoryError:
            raise CheckFailedError(
                f"Redis is full ({info['maxmemory_human']}): give it more memory. Work is delayed until then."
            ) from None
        except redis.ReadOnlyError:
            raise CheckFailedError("This Redis is a read-only replica: point REDIS_URL to the primary.") from None
    policy = info.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise CheckFailedError(f"maxmemory-policy is {policy}: jobs may be evicted. Set it to noeviction.")
    return f"{info.get('server_name', 'redis')} {info.get('valkey_version', info['redis_version'])}."


async def _worker(settings: Settings) -> str:
    async with aclosing(Queues.connect(settings.redis_url)) as queues:
        if missing := await find_missing(queues):
            raise CheckFailedError(" ".join(missing))
    return "Each queue has a worker."


async def _work(settings: Settings) -> str:
    async with connected(settings.database_url) as connection:
        loads = await measure_load(connection)
    if slow := [f"{load.kind} for {load.late:.0f} s" for load in loads.values() if load.late > LATE_SECONDS]:
        raise CheckFailedError(f"Work is overdue: {', '.join(slow)}. There are too few workers, or they are stuck.")
    return "No work is overdue."


async def _page(_settings: Settings) -> str:
    if find_built("index.html") is None:
        raise CheckFailedError("The page is not built: run “make page”, or install the wheel.")
    return "The page is built."


async def _vault(settings: Settings) -> str:
    async with opened_vault(settings) as vault:
        described = await vault.describe(settings.bdr_max_bytes)
        # Upkeep and “pmd-admin vault check” also need listings; on an object store, of open multipart uploads as well.
        await anext(aiter(vault.list("doctor/")), None)
        await vault.remove("doctor/probe", unfinished=True)
    return described


async def _mail(settings: Settings) -> str:
    mailer = Mailer.of(settings)
    if mailer is None:
        return "Off: SMTP_URL is not set."
    async with mailer.connected():
        return "The mail server accepts our login."


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


# A PNG of 2 × 1 pixels: signature, IHDR, IDAT, IEND.
_PICTURE = b"".join(
    (
        b"\x89PNG\r\n\x1a\n",
        _chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 1, 8, 2, 0, 0, 0)),
        _chunk(b"IDAT", zlib.compress(b"\0" + b"\x10\x20\x30" + b"\x40\x50\x60")),
        _chunk(b"IEND", b""),
    )
)
_UNDECODED = "The sandboxed child cannot decode a picture:"


async def _decode_known_picture() -> None:
    """Probe it as uploads are probed.

    Raises:
        CheckFailedError: it is not decoded, or wrongly.
    """
    with tempfile.TemporaryDirectory(prefix="pmd-doctor-") as name:
        folder = Path(name)
        path = folder / "known.png"
        path.write_bytes(_PICTURE)
        try:
            async with aclosing(probe_files([Candidate(path, path.name)], folder)) as answers:
                answer = await anext(answers)
        except ChildFaultError as error:
            raise CheckFailedError(f"{_UNDECODED} {_last_line(str(error))}.") from error
    if isinstance(answer, Refused):
        raise CheckFailedError(f"{_UNDECODED} a valid PNG was refused. {answer.message}")
    if isinstance(answer, Faulted):
        raise CheckFailedError(f"{_UNDECODED} {_last_line(answer.error)}.")
    found = (answer.file_format, answer.width, answer.height, answer.colours, len(answer.previews) > 0)
    if found != ("png", 2, 1, 2, True):
        raise CheckFailedError(f"{_UNDECODED} a PNG of 2 × 1 pixels was measured as {found}.")


def _last_line(error: str) -> str:
    """A traceback's last line is the error itself."""
    return error.strip().rpartition("\n")[2].rstrip(".")


async def _media(settings: Settings) -> str:
    """Decode a picture, and report the sandbox's layers."""
    if missing := missing_modules():
        raise CheckFailedError(
            f"Uploads and tasks cannot work: missing {', '.join(missing)}. Install the extra “media”."
        )
    require_sandbox(settings)
    await _decode_known_picture()
    detail = f"Files are decoded behind {', '.join(await asyncio.to_thread(active_layers))}."
    if missing := missing_layers():
        detail += f" MEDIA_SANDBOX=partial allows these to be missing: {', '.join(missing)}."
    if missing := missing_modules(MODEL_MODULES):
        detail += f" The model for enlarging is not installed: missing {', '.join(missing)} (extra “ai”)."
    return detail


# The checks, each with those that it depends on.
CHECKS: dict[str, tuple[Check, tuple[str, ...]]] = {
    "postgres": (_postgres, ()),
    "pooler": (_pooler, ("postgres",)),
    "clocks": (_clocks, ("postgres",)),
    "schema": (_schema, ("postgres", "pooler")),
    "site": (_site, ("postgres", "schema")),
    "listen": (_listen, ("postgres",)),
    "redis": (_redis, ()),
    "worker": (_worker, ("redis",)),
    "vault": (_vault, ()),
    "mail": (_mail, ()),
    "media": (_media, ()),
    "page": (_page, ()),
    "work": (_work, ("postgres", "schema", "worker")),
}
