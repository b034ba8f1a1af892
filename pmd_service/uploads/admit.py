"""Admission of files: check them, find those that the library has, reserve room for the rest, insert their lines.

Everything happens in one transaction under the library's lock, so that two concurrent uploads cannot exceed the
allowance together. The lock on the disk, which all users share, comes last, so that no user waits for another's
library. The callers (``announce``, ``form``, ``lifecycle`` and ``tus``) supply the files and insert the lines.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from uuid import UUID

import msgspec

from ..assets.asset import find_known, lock_library
from ..base.database import Connection, Pool
from ..base.settings import Settings
from ..base.telemetry import request_id
from ..http.errors import require
from ..identity import audit
from ..identity.users import Actor
from ..media.companions import ending_of
from ..vault import Vault
from ..work.adding import add_work
from .quota import require_disk, require_quota
from .rules import Offered, Planned, plan_lines
from .settle import recount, settle_known
from .shapes import Defaults


class Offer(msgspec.Struct, frozen=True):
    """Files to admit, and the upload that they belong to, if it exists; without files, the upload is left unchanged."""

    files: Sequence[Offered]
    upload_id: UUID | None = None


class Admitted(msgspec.Struct, frozen=True):
    """The upload with the files, and the verdict on each; the plan is empty if the offer had none."""

    upload_id: UUID
    plan: Sequence[Planned]


async def admit(
    pool: Pool,
    vault: Vault,
    settings: Settings,
    actor: Actor,
    *,
    offer: Offer | Callable[[Connection], Awaitable[Offer]],
    insert: Callable[[Connection, Sequence[Planned]], Awaitable[UUID]],
    admitted: Callable[[Connection, UUID], Awaitable[None]] | None = None,
    action: audit.Action = "upload",
) -> Admitted:
    """Admit files. Those that are in the library or its trash succeed immediately.

    Args:
        offer: the files, or a function that determines them under the lock.
        insert: inserts the lines into their upload and returns its id; may raise a problem.
        admitted: what else belongs to the transaction, last.

    Raises:
        ProblemError: 422 the allowance does not suffice, 507 the disk does not, and whatever ``offer`` and ``insert``
            raise.
    """
    user_id, free = actor.subject.id, await vault.free_bytes()
    async with pool.acquire() as connection, connection.transaction():
        await lock_library(connection, user_id=user_id)
        offered = offer if isinstance(offer, Offer) else await offer(connection)
        if offered.upload_id is not None and not offered.files:
            return Admitted(offered.upload_id, [])
        hashes = {each.file.sha256 for each in offered.files if each.file.sha256}
        known = await find_known(connection, user_id=user_id, hashes=hashes)
        awaited = await _find_awaited(connection, offered.upload_id, hashes) if offered.upload_id else {}
        plan = plan_lines(offered.files, known, awaited)
        needed = [line.file.size_bytes for line in plan if line.is_needed]
        await require_quota(connection, settings, user_id=user_id, needed_bytes=sum(needed), needed_files=len(needed))
        upload_id = await insert(connection, plan)
        known_lines = [(line.id, line.checked.asset_id) for line in plan if line.checked.asset_id is not None]
        await settle_known(connection, user_id, known_lines)
        await audit.record(connection, actor, action)
        await recount(connection, upload_id)
        if needed:
            await require_disk(connection, user_id=user_id, free=free)
        if admitted is not None:
            await admitted(connection, upload_id)
    return Admitted(upload_id, plan)


_AWAITED = """
SELECT expected_hash, id FROM batch_report_files
 WHERE batch_id = $1 AND expected_hash = ANY($2) AND follows IS NULL AND processing_status IN ('pending', 'processing')
"""


async def _find_awaited(connection: Connection, upload_id: UUID, hashes: Collection[str]) -> dict[str, UUID]:
    """Lines of this upload that are expected to bring these contents, by hash."""
    rows = await connection.fetch(_AWAITED, upload_id, list(hashes))
    return {row["expected_hash"]: row["id"] for row in rows}


async def open_upload(
    connection: Connection,
    settings: Settings,
    actor: Actor,
    plan: Sequence[Planned],
    *,
    total_files: int | None = None,
    name: str | None = None,
    defaults: Defaults = Defaults(),  # noqa: B008 - frozen
    is_parts: bool = False,
) -> UUID:
    """Insert an upload with these lines.

    Args:
        total_files: how many files it will have in all; None: only these.
        is_parts: whether it holds a part of a file; such uploads are never listed.

    Raises:
        ProblemError: 404 the account is being erased: no row may be added behind its erasure.
    """
    upload_id: UUID | None = await connection.fetchval(
        """
        INSERT INTO batch_reports (user_id, requested_by, total_files, name, defaults, expires_at, report_days,
                                   is_parts)
        SELECT id, $2, $3, $4, $5, now() + make_interval(hours => $6), $7, $8
          FROM users WHERE id = $1 AND NOT deactivated
        RETURNING id""",
        actor.subject.id,
        actor.viewer.id,
        total_files or len(plan),
        name,
        defaults,
        settings.upload_ttl_hours,
        settings.report_ttl_days,
        is_parts,
    )
    upload_id = require(upload_id, "user")
    await insert_lines(connection, actor, upload_id, plan)
    return upload_id


_INSERT_LINES = """
INSERT INTO batch_report_files (id, batch_id, user_id, processing_order, file_name, relative_path, file_size, file_type,
                                mtime, expected_hash, follows, processing_status, error_code, error_message,
                                settled_at, received_bytes, received_hash, received_crc32, is_received,
                                concat, metadata, is_deferred)
SELECT line.id, $1, $2, $3 + line.place - 1, line.name, line.path, line.size, line.extension, line.mtime, line.hash,
       line.follows, CASE WHEN line.code IS NULL THEN 'pending' ELSE 'failed' END, line.code, line.message,
       CASE WHEN line.code IS NOT NULL THEN now() END, CASE WHEN line.is_here THEN line.size ELSE 0 END,
       CASE WHEN line.crc32 IS NOT NULL THEN line.hash END, line.crc32,
       line.is_here, line.concat, line.metadata, line.is_deferred
  FROM unnest($4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::bigint[], $10::text[], $11::uuid[],
              $12::text[], $13::text[], $14::boolean[], $15::bigint[], $16::text[], $17::text[], $18::boolean[])
       WITH ORDINALITY AS line (id, name, path, size, extension, mtime, hash, follows, code, message, is_here, crc32,
                                concat, metadata, is_deferred, place)
"""


async def insert_lines(
    connection: Connection, actor: Actor, upload_id: UUID, plan: Sequence[Planned], *, first: int = 0
) -> None:
    """Insert the lines, numbered from ``first``."""
    rows = [
        (
            line.id,
            line.name,
            line.checked.path,
            line.file.size_bytes,
            ending_of(line.name)[:10] or None,
            line.file.mtime,
            line.file.sha256,
            line.follows,
            line.checked.code,
            line.checked.message,
            line.is_here and line.is_needed,
            line.crc32 if line.is_needed else None,
            line.tus.concat,
            line.tus.metadata,
            line.tus.is_deferred,
        )
        for line in plan
    ]
    await connection.execute(_INSERT_LINES, upload_id, actor.subject.id, first, *zip(*rows, strict=True))
    received = [(line.id, line.name) for line in plan if line.is_here and line.is_needed]
    await add_work(connection, "probe", actor.subject.id, received, request_id=request_id())
