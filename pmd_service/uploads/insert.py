"""Writing down what was announced: the upload, its lines, and what the library has of them already."""

from collections.abc import Sequence
from uuid import UUID

from ..assets.asset import restore_asset
from ..assets.reports import add_report
from ..database import Connection
from ..identity.users import Actor
from ..ops.settings import Settings
from .names import extension_of, name_of
from .plan import Planned
from .settle import mark_success
from .shapes import Defaults


async def insert_upload(
    connection: Connection,
    settings: Settings,
    actor: Actor,
    *,
    total_files: int,
    name: str | None,
    defaults: Defaults = Defaults(),  # noqa: B008 - frozen
    idempotency_key: str | None = None,
    request_hash: str | None = None,
) -> UUID:
    upload_id: UUID = await connection.fetchval(
        """
        INSERT INTO batch_reports (user_id, requested_by, total_files, name, defaults, idempotency_key, request_hash,
                                   expires_at, report_days)
        VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(hours => $8), $9) RETURNING id""",
        actor.subject.id,
        actor.viewer.id,
        total_files,
        name,
        defaults,
        idempotency_key,
        request_hash,
        settings.upload_ttl_hours,
        settings.report_ttl_days,
    )
    return upload_id


_INSERT_LINES = """
INSERT INTO batch_report_files (id, batch_id, user_id, processing_order, file_name, relative_path, file_size, file_type,
                                mtime, expected_hash, follows, processing_status, error_code, error_message,
                                settled_at)
SELECT line.id, $1, $2, $3 + line.place - 1, line.name, line.path, line.size, line.extension, line.mtime, line.hash,
       line.follows, CASE WHEN line.code IS NULL THEN 'pending' ELSE 'failed' END, line.code, line.message,
       CASE WHEN line.code IS NOT NULL THEN now() END
  FROM unnest($4::uuid[], $5::text[], $6::text[], $7::bigint[], $8::text[], $9::bigint[], $10::text[], $11::uuid[],
              $12::text[], $13::text[])
       WITH ORDINALITY AS line (id, name, path, size, extension, mtime, hash, follows, code, message, place)
"""


async def insert_lines(
    connection: Connection, actor: Actor, upload_id: UUID, plan: Sequence[Planned], *, first: int = 0
) -> None:
    """Insert the lines, numbered from ``first``; those that the library or its trash has already succeed at once."""
    names = [name_of(line.path)[-255:] for line in plan]
    await connection.execute(
        _INSERT_LINES,
        upload_id,
        actor.subject.id,
        first,
        [line.id for line in plan],
        [name or "_" for name in names],
        [line.path[:4096] for line in plan],
        [line.file.size for line in plan],
        [extension_of(name)[:10] or None for name in names],
        [line.file.mtime for line in plan],
        [line.file.hash for line in plan],
        [line.follows for line in plan],
        [line.checked.code for line in plan],
        [line.checked.message for line in plan],
    )
    for line in plan:
        if line.checked.asset_id is not None:
            await settle_known(connection, actor, upload_id, line, line.checked.asset_id)


async def settle_known(connection: Connection, actor: Actor, upload_id: UUID, line: Planned, asset_id: int) -> None:
    """A line whose bytes are in the library, or in its trash, needs none."""
    assert line.file.hash is not None
    user_id = actor.subject.id
    restored = None
    if line.checked.verdict == "in_trash":
        restored = await restore_asset(connection, user_id=user_id, content_hash=line.file.hash)
    facts = await connection.fetchrow(
        """
        SELECT asset.type, file_format, size_bytes,
               (SELECT facts FROM reports WHERE asset_id = asset.id ORDER BY created_at DESC LIMIT 1) AS facts
          FROM asset WHERE id = $1""",
        asset_id,
    )
    assert facts is not None
    report_id = await add_report(
        connection,
        user_id=user_id,
        batch_id=upload_id,
        asset_id=asset_id,
        outcome="restored" if restored is not None else "already_there",
        file_name=name_of(line.path),
        content_hash=line.file.hash,
        facts=facts["facts"] or {"type": facts["type"]},
    )
    await mark_success(connection, line.id, report_id, facts["file_format"])
