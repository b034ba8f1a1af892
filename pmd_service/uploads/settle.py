"""Ending lines and uploads: counts and status are derived from the lines, and the summary follows when all have ended.

A transaction that changes lines locks their upload first and calls ``recount`` last, so the counts always match the
lines, and no two transactions deadlock.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from ..assets.asset import Outcome, restore_assets
from ..assets.reports import FACTS_VERSION
from ..base.database import Connection, find_values
from ..base.telemetry import log
from ..http.errors import gone, not_found
from ..identity.users import Actor
from ..locales import translatable
from ..vault.keys import INCOMING
from ..vault.leftovers import reclaim, schedule_removal
from ..work.claimed import LeaseLostError
from .rules import REASONS

SUMMARY_VERSION = 1


async def lock_upload(connection: Connection, upload_id: UUID) -> None:
    """Lock the upload and its lines against changes until the transaction ends."""
    await connection.execute("SELECT 1 FROM batch_reports WHERE id = $1 FOR NO KEY UPDATE", upload_id)


async def lock_owned(
    connection: Connection,
    actor: Actor,
    upload_id: UUID,
    *,
    ended: str = translatable("This upload's report has expired."),
) -> asyncpg.Record:
    """Lock an upload of the user that has not expired; returns its status and its number of files.

    Raises:
        ProblemError: 404 no such upload, 410 it has expired.
    """
    row = await connection.fetchrow(
        """
        SELECT status, total_files, expires_at > now() AS is_kept
          FROM batch_reports WHERE id = $1 AND user_id = $2 FOR NO KEY UPDATE""",
        upload_id,
        actor.subject.id,
    )
    if row is None:
        raise not_found("upload")
    if not row["is_kept"]:
        raise gone(ended)
    return row


_LOCK_UPLOADS_OF = """
SELECT FROM batch_reports
 WHERE id IN (SELECT batch_id FROM batch_report_files WHERE id = ANY ($1)) ORDER BY id FOR NO KEY UPDATE
"""


async def lock_uploads_of(connection: Connection, file_ids: Sequence[UUID]) -> None:
    """Lock the uploads of these lines, in one order."""
    await connection.execute(_LOCK_UPLOADS_OF, file_ids)


async def close_announcement(connection: Connection, upload_id: UUID) -> None:
    """Expect no further pages: the upload has as many files as were announced. Call ``recount`` afterwards."""
    await connection.execute(
        """
        UPDATE batch_reports SET total_files = lines.count
          FROM (SELECT count(*) FROM batch_report_files WHERE batch_id = $1) AS lines
         WHERE id = $1 AND total_files > lines.count AND lines.count > 0""",
        upload_id,
    )


_RECOUNT = """
UPDATE batch_reports
   SET successful_files = lines.successful,
       failed_files = lines.failed,
       status = CASE WHEN lines.successful + lines.failed < total_files THEN 'processing'
                     WHEN lines.failed = 0 THEN 'completed'
                     WHEN lines.successful = 0 THEN 'failed'
                     ELSE 'partial' END,
       completed_at = CASE WHEN lines.successful + lines.failed = total_files THEN now() END,
       processing_time_ms = CASE WHEN lines.successful + lines.failed = total_files
                                 THEN least(extract(epoch FROM now() - created_at) * 1000, 2147483647)::int END,
       expires_at = CASE WHEN lines.successful + lines.failed = total_files
                         THEN now() + make_interval(days => report_days) ELSE expires_at END
  FROM (SELECT count(*) FILTER (WHERE processing_status = 'success') AS successful,
               count(*) FILTER (WHERE processing_status = 'failed') AS failed
          FROM batch_report_files
         WHERE batch_id = $1) AS lines
 WHERE id = $1 AND status = 'processing'
RETURNING status, successful_files, failed_files, processing_time_ms
"""


async def recount(connection: Connection, upload_id: UUID) -> None:
    """Update the upload's counts and status from its lines; once all have ended, write its summary."""
    row = await connection.fetchrow(_RECOUNT, upload_id)
    if row is None or row["status"] == "processing":
        return
    summary = await _summarize(connection, upload_id)
    await connection.execute("UPDATE batch_reports SET summary_data = $2 WHERE id = $1", upload_id, summary)
    log.info("upload_settled", upload_id=str(upload_id), **dict(row))


_SETTLE_KNOWN = f"""
WITH line AS MATERIALIZED (
    SELECT files.id, files.batch_id, files.user_id, files.file_name, known.outcome, gen_random_uuid() AS report_id,
           asset.id AS asset_id, asset.hash, asset.file_format, asset.type
      FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS known (id, asset_id, outcome)
      JOIN batch_report_files AS files ON files.id = known.id AND files.processing_status IN ('pending', 'processing')
      JOIN asset ON asset.id = known.asset_id
), report AS (
    INSERT INTO reports (id, user_id, batch_id, asset_id, outcome, file_name, hash, facts)
    SELECT report_id, user_id, batch_id, asset_id, outcome, file_name, hash,
           jsonb_build_object('version', {FACTS_VERSION})
           || coalesce((SELECT facts FROM reports WHERE asset_id = line.asset_id ORDER BY created_at DESC LIMIT 1),
                       jsonb_build_object('type', type))
      FROM line
)
UPDATE batch_report_files AS files
   SET processing_status = 'success', report_id = line.report_id, file_type = coalesce(line.file_format, file_type),
       settled_at = now(), error_code = NULL, error_message = NULL
  FROM line
 WHERE files.id = line.id
RETURNING files.id
"""


async def settle_known(connection: Connection, user_id: int, lines: Sequence[tuple[UUID, int]]) -> None:
    """Settle lines whose bytes are existing assets; those in the trash are restored.

    Args:
        lines: pairs of a line's id and an asset's id.

    Raises:
        LeaseLostError: a line has ended already.
    """
    if not lines:
        return
    restored = await restore_assets(connection, user_id=user_id, asset_ids=[asset_id for _, asset_id in lines])
    outcomes: list[Outcome] = []
    for _, asset_id in lines:  # of several lines with the same bytes, the first counts as restoring them
        outcomes.append("restored" if asset_id in restored else "already_there")
        restored.discard(asset_id)
    settled = await connection.fetch(_SETTLE_KNOWN, *zip(*lines, strict=True), outcomes)
    if len(settled) < len(lines):
        raise LeaseLostError


_FOLLOWERS = """
SELECT follower.id, reports.asset_id, follower.user_id
  FROM batch_report_files AS follower
  JOIN batch_report_files AS leader ON leader.id = follower.follows
  JOIN reports ON reports.id = leader.report_id
 WHERE follower.follows = ANY($1) AND follower.processing_status = 'pending' AND leader.processing_status = 'success'
"""
_FAIL_FOLLOWERS = """
UPDATE batch_report_files AS follower
   SET processing_status = 'failed', error_code = leader.error_code, error_message = leader.error_message,
       settled_at = now()
  FROM batch_report_files AS leader
 WHERE leader.id = follower.follows AND follower.follows = ANY($1) AND follower.processing_status = 'pending'
   AND leader.processing_status = 'failed'
"""


async def settle_followers(connection: Connection, leader_ids: Sequence[UUID]) -> None:
    """End the lines that follow these, which have ended, in the same way."""
    await connection.execute(_FAIL_FOLLOWERS, leader_ids)
    if followers := await connection.fetch(_FOLLOWERS, leader_ids):
        lines = [(row["id"], row["asset_id"]) for row in followers]
        await settle_known(connection, followers[0]["user_id"], lines)


_FAIL = """
UPDATE batch_report_files
   SET processing_status = 'failed', error_code = $3, error_message = $4, settled_at = now(), lease_token = NULL,
       lease_until = NULL
 WHERE batch_id = $1 AND ($2::uuid[] IS NULL OR id = ANY($2) OR follows = ANY($2)) AND processing_status = 'pending'
RETURNING id
"""


# Of files that have been received, and are not being probed. The state is read again after waiting for a worker that
# claims one just then; the subquery is not.
_DROP_WORK = """
DELETE FROM work
 WHERE kind = 'probe' AND state = 'waiting'
   AND subject IN (SELECT id::text FROM batch_report_files
                    WHERE batch_id = $1 AND ($2::uuid[] IS NULL OR id = ANY($2))
                      AND processing_status = 'pending' AND is_received)
"""


async def fail_lines(
    connection: Connection, upload_id: UUID, code: str, file_ids: Sequence[UUID] | None = None
) -> list[UUID]:
    """Fail these pending lines of the upload and their followers, or all pending ones; returns the failed ids.

    Their received bytes are scheduled for removal, so that a retried line starts from zero or waits for the sweep.

    Args:
        code: a key of ``REASONS``.
    """
    await connection.execute(_DROP_WORK, upload_id, file_ids)
    failed = await find_values(connection, _FAIL, upload_id, file_ids, code, REASONS[code].message)
    await recount(connection, upload_id)
    await schedule_removal(connection, received_keys(failed))
    return failed


_REOPEN = """
UPDATE batch_reports AS upload
   SET status = 'processing', completed_at = NULL, processing_time_ms = NULL, summary_data = NULL,
       failed_files = failed_files - lines.count, expires_at = greatest(expires_at, now() + interval '1 day')
  FROM (SELECT batch_id, count(*) FROM batch_report_files
         WHERE (id = $1 OR follows = $1) AND processing_status = 'failed' GROUP BY batch_id) AS lines
 WHERE upload.id = lines.batch_id
"""
_LOCK_LINE = "SELECT FROM batch_report_files WHERE id = $1 FOR NO KEY UPDATE"
_REOPEN_FOLLOWERS = """
UPDATE batch_report_files
   SET processing_status = 'pending', error_code = NULL, error_message = NULL, settled_at = NULL
 WHERE follows = $1 AND processing_status = 'failed'
"""


async def reopen_upload(connection: Connection, file_id: UUID) -> None:
    """Reopen the upload and the followers of a failed line that is to be probed again; its bytes stay.

    Raises:
        BeingRemovedError: the sweep is removing them.
    """
    await connection.execute(_LOCK_LINE, file_id)  # so that they are not scheduled for removal again
    await reclaim(connection, received_keys([file_id]))
    await connection.execute(_REOPEN, file_id)
    await connection.execute(_REOPEN_FOLLOWERS, file_id)


def received_keys(file_ids: Iterable[UUID]) -> list[str]:
    """The vault keys of these lines' received bytes."""
    return [f"{INCOMING}/{file_id}" for file_id in file_ids]


_ENDED_LINES = """
SELECT file_size, file_type, processing_status, error_code, reports.outcome, facts, findings, receiving_ms, probe_ms,
       asset.theme
  FROM batch_report_files AS files
  LEFT JOIN reports ON reports.id = report_id
  LEFT JOIN asset ON asset.id = reports.asset_id
 WHERE files.batch_id = $1
"""


async def _summarize(connection: Connection, upload_id: UUID) -> Mapping[str, Any]:
    """A settled upload's ``summary_data``; clients store it, so it has a version."""
    lines = await connection.fetch(_ENDED_LINES, upload_id)
    got_in = [line for line in lines if line["processing_status"] == "success"]
    facts = [line["facts"] or {} for line in got_in]
    return {
        "version": SUMMARY_VERSION,
        "types": _amounts(zip((fact.get("type") for fact in facts), got_in, strict=True)),
        "formats": _amounts((line["file_type"], line) for line in got_in),
        "outcomes": _amounts((line["outcome"] or "failed", line) for line in lines),
        "sizes": _spread([line["file_size"] for line in got_in]),
        "durations_sec": _spread([fact["duration_sec"] for fact in facts if fact.get("duration_sec") is not None]),
        "findings": Counter(finding["code"] for line in got_in for finding in line["findings"] or ()),
        "failures": Counter(line["error_code"] for line in lines if line["processing_status"] == "failed"),
        "themes": Counter(line["theme"] for line in got_in if line["theme"]),
        "times": {
            "receiving_ms": sum(line["receiving_ms"] for line in lines),
            "probe_ms": sum(line["probe_ms"] for line in lines),
        },
    }


def _amounts(named: Iterable[tuple[str | None, asyncpg.Record]]) -> Mapping[str, Mapping[str, int]]:
    """The number of files and bytes by name."""
    amounts: dict[str, dict[str, int]] = defaultdict(lambda: {"count": 0, "bytes": 0})
    for name, line in named:
        amounts[name or "unknown"]["count"] += 1
        amounts[name or "unknown"]["bytes"] += line["file_size"] or 0
    return amounts


def _spread(values: Sequence[float]) -> Mapping[str, float] | None:
    return {"least": min(values), "median": median(values), "most": max(values)} if values else None
