"""How an upload comes to its end: the counts follow the lines, and the summary follows the counts.

Whoever changes lines locks their upload first, and calls ``recount`` last, in one transaction: what the upload says
always adds up, and no two transactions wait for each other crosswise.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from ..assets.reports import add_report
from ..database import Connection
from ..ops.telemetry import log

SUMMARY_VERSION = 1


async def lock_upload(connection: Connection, upload_id: UUID) -> None:
    """Until the transaction ends, nobody else changes this upload or its lines."""
    await connection.execute("SELECT 1 FROM batch_reports WHERE id = $1 FOR NO KEY UPDATE", upload_id)


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
    """Let the upload's counts and status follow its lines; the last one settles it, with its summary."""
    row = await connection.fetchrow(_RECOUNT, upload_id)
    if row is None or row["status"] == "processing":
        return
    summary = await _summarize(connection, upload_id)
    await connection.execute("UPDATE batch_reports SET summary_data = $2 WHERE id = $1", upload_id, summary)
    log.info("upload_settled", upload_id=str(upload_id), **dict(row))


_FOLLOWERS = """
SELECT follower.id, follower.file_name, leader.user_id, leader.batch_id, leader.processing_status, leader.error_code,
       leader.error_message, leader.file_type, asset_id, hash, facts
  FROM batch_report_files AS follower
  JOIN batch_report_files AS leader ON leader.id = follower.follows
  LEFT JOIN reports ON reports.id = leader.report_id
 WHERE follower.follows = ANY($1) AND follower.processing_status = 'pending'
"""


async def settle_followers(connection: Connection, leader_ids: Sequence[UUID]) -> None:
    """Lines with the same bytes as one of these, which have ended, share its end."""
    for line in await connection.fetch(_FOLLOWERS, leader_ids):
        if line["processing_status"] == "success":
            report_id = await add_report(
                connection,
                user_id=line["user_id"],
                batch_id=line["batch_id"],
                asset_id=line["asset_id"],
                outcome="already_there",
                file_name=line["file_name"],
                content_hash=line["hash"],
                facts=line["facts"],
            )
            await mark_success(connection, line["id"], report_id, line["file_type"])
        else:
            await mark_failed(connection, [line["id"]], line["error_code"], line["error_message"])


async def mark_success(connection: Connection, file_id: UUID, report_id: UUID, file_type: str | None) -> None:
    """A line that nobody holds a lease on has got in."""
    await connection.execute(
        """
        UPDATE batch_report_files
           SET processing_status = 'success', report_id = $2, file_type = coalesce($3, file_type), settled_at = now(),
               error_code = NULL, error_message = NULL
         WHERE id = $1""",
        file_id,
        report_id,
        file_type,
    )


async def mark_failed(connection: Connection, file_ids: Iterable[UUID], code: str, message: str) -> list[UUID]:
    """Those of these lines that were waiting have failed; returns which."""
    rows = await connection.fetch(
        """
        UPDATE batch_report_files
           SET processing_status = 'failed', error_code = $2, error_message = $3, settled_at = now(),
               receiver = NULL, receiver_until = NULL
         WHERE id = ANY($1) AND processing_status = 'pending'
        RETURNING id""",
        list(file_ids),
        code,
        message,
    )
    return [row["id"] for row in rows]


_ENDED_LINES = """
SELECT file_size, file_type, processing_status, error_code, reports.outcome, facts, findings, receiving_ms, looking_ms,
       asset.theme
  FROM batch_report_files AS files
  LEFT JOIN reports ON reports.id = report_id
  LEFT JOIN asset ON asset.id = reports.asset_id
 WHERE files.batch_id = $1
"""


async def _summarize(connection: Connection, upload_id: UUID) -> Mapping[str, Any]:
    """What ``summary_data`` says of a settled upload; users see and keep it, so it carries its version."""
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
            "looking_ms": sum(line["looking_ms"] for line in lines),
        },
    }


def _amounts(named: Iterable[tuple[str | None, asyncpg.Record]]) -> Mapping[str, Mapping[str, int]]:
    """Files and bytes by name."""
    amounts: dict[str, dict[str, int]] = defaultdict(lambda: {"count": 0, "bytes": 0})
    for name, line in named:
        amounts[name or "unknown"]["count"] += 1
        amounts[name or "unknown"]["bytes"] += line["file_size"] or 0
    return amounts


class _Spread(msgspec.Struct, frozen=True):
    least: float
    median: float
    most: float


def _spread(values: Sequence[float]) -> _Spread | None:
    return _Spread(min(values), median(values), max(values)) if values else None
