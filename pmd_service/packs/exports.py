"""Requesting a pack's next edition (LIBRARY section 5): the rules, and the task's row."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import asyncpg
import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, lock
from ..base.settings import Settings
from ..base.telemetry import log, request_id
from ..http.errors import Fault, ProblemError, conflict, require, too_many
from ..http.once import Once
from ..http.patterns import matching
from ..http.rates import DAY_SECONDS, Allowance
from ..identity.audit import record
from ..identity.users import Actor
from ..locales import Sentence, translatable
from ..work.adding import add_work
from ..work.queue import Queue, Queues
from .checks import load_edition
from .licensing import Conflict, refusal
from .queries import PackExport

# Requests a day including failed ones, as a multiple of the daily limit.
MAX_REQUESTS_FACTOR = 4

_USED_TODAY = """
SELECT count(*) FILTER (WHERE status <> 'failed') AS counted, count(*) AS requested,
       (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC' AS resets_at,
       now() AS requested_at
  FROM job
 WHERE requested_by = $1 AND kind = 'export_pack'
   AND created_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
"""

_INSERT = """
INSERT INTO job (kind, pack_id, params_json, user_id, requested_by)
VALUES ('export_pack', $1, $4, $2, $3)
RETURNING id, status, progress, step, error_message, created_at
"""

_VERSION = matching(
    r"^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$",
    translatable("Expected a version, such as 1.2.0"),
)


class ExportRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The body of POST …/export: the edition's version (Semantic Versioning 2.0.0), and its release notes."""

    version: Annotated[str, Meta(max_length=40, examples=["1.2.0"]), _VERSION] | None = None
    changes: Annotated[str, Meta(max_length=500, examples=["Winter trees."])] | None = None


class ExportAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """The task that builds the edition."""

    export: PackExport
    edition: Annotated[int, Meta(examples=[3])]
    message: Annotated[Sentence, Meta(examples=["Edition 3 of this pack is being built."])]


async def request_export(
    pool: Pool, queues: Queues, settings: Settings, actor: Actor, pack_id: int, body: ExportRequest, once: Once
) -> ExportAccepted:
    """Have the pack's next edition built.

    Raises:
        ProblemError: 404; 409 with each conflict, or if an export is in progress; 429 the day's exports are used up;
            and as ``Once.begin``.
    """
    async with pool.acquire() as connection, connection.transaction():
        await once.begin(connection)
        # Serialized per caller, so that all are counted.
        await lock(connection, "expo", actor.viewer.id)
        requested_at = await _take_of_the_day(connection, settings, actor)
        # Locked until the task exists, so that the pack is not changed or removed in between.
        await connection.execute("SELECT FROM pack WHERE id = $1 FOR UPDATE", pack_id)
        found = await load_edition(connection, settings, user_id=actor.subject.id, pack_id=pack_id, dated=requested_at)
        checked = require(found, "pack")
        if checked.conflicts:
            raise _refused(checked.conflicts)
        try:
            async with connection.transaction():
                json = msgspec.json.encode(body).decode()
                row = await connection.fetchrow(_INSERT, pack_id, actor.subject.id, actor.viewer.id, json)
        except asyncpg.UniqueViolationError as error:
            raise conflict("This pack is being exported already.") from error
        assert row is not None
        subject = (row["id"], checked.edition.name)
        await add_work(connection, "export", actor.subject.id, [subject], request_id=request_id())
        await record(connection, actor, "export_pack", pack_id=pack_id)
        edition = checked.edition.edition
        accepted = ExportAccepted(
            export=PackExport(**row), edition=edition, message=f"Edition {edition} of this pack is being built."
        )
        await once.end(connection, accepted)
    log.info("pack_export_requested", pack_id=pack_id, job_id=row["id"], user=actor.subject.sqid)
    await queues.put(Queue.PACKS)
    return accepted


async def _take_of_the_day(connection: Connection, settings: Settings, actor: Actor) -> datetime:
    used = await connection.fetchrow(_USED_TODAY, actor.viewer.id)
    assert used is not None
    limit = settings.pack_daily_limit
    resets_in = int((used["resets_at"] - used["requested_at"]).total_seconds()) + 1
    left = limit - used["counted"] - 1
    Allowance(policy="exports", quota=limit, left=left, resets_in=resets_in, window=DAY_SECONDS).note()
    if used["counted"] >= limit or used["requested"] >= limit * MAX_REQUESTS_FACTOR:
        resets_at: datetime = used["resets_at"]
        raise too_many(
            f"All {limit} exports of today are used. The next one is possible at {resets_at:%H:%M} UTC.",
            seconds=resets_in,
        )
    requested_at: datetime = used["requested_at"]
    return requested_at


def _refused(conflicts: Sequence[Conflict]) -> ProblemError:
    """All conflicts with their files' paths; “$” for those of the whole pack."""
    faults = [
        Fault(path=f"$.assets[?asset_id={each.asset_id}]" if each.asset_id else "$", message=each.sentence)
        for each in conflicts
    ]
    return ProblemError(HTTPStatus.CONFLICT, refusal(conflicts), kind="pack-conflicts", faults=faults)
