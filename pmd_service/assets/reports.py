"""A file's reports: the results of each probe and task. They outlive the upload with which the file was received."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import msgspec
from msgspec import Meta

from ..base.database import Connection, Pool, find_all, find_one
from ..locales import Sentence
from .fingerprint import Fingerprint

ReportOutcome = Literal["added", "already_there", "restored", "probed_again"]

# The version of the format of ``facts``, which is public.
FACTS_VERSION = 1


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something worth knowing about an admitted file: a code for machines, a message for its owner."""

    code: Annotated[str, Meta(examples=["extension_lies"])]
    message: Annotated[Sentence, Meta(examples=["Its name ends in “.jpg”, but it is a PNG file."])]


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report about one file. ``facts`` are what the probe measured, and their format's ``version``."""

    id: UUID
    upload_id: UUID | None
    asset_id: Annotated[int | None, Meta(examples=[7])]
    outcome: ReportOutcome
    file_name: Annotated[str, Meta(examples=["red.png"])]
    sha256: Annotated[str, Meta(examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"])]
    facts: Annotated[Mapping[str, Any], Meta(examples=[{"version": 1, "width": 64, "height": 64}])]
    findings: Sequence[Finding]
    created_at: datetime


_COLUMNS = "id, batch_id AS upload_id, asset_id, outcome, file_name, hash AS sha256, facts, findings, created_at"


class NewReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report to be written; ``facts`` are what the probe measured. A fingerprint replaces the asset's."""

    user_id: int
    asset_id: int
    outcome: ReportOutcome
    file_name: str
    hash: str
    facts: Mapping[str, Any]
    findings: Sequence[Finding] = ()
    batch_id: UUID | None = None
    id: UUID = msgspec.field(default_factory=uuid4)
    fingerprint: Fingerprint | None = None


_NEW_COLUMNS = ", ".join(NewReport.__struct_fields__[:-1])
_INSERT = f"""
INSERT INTO reports ({_NEW_COLUMNS}) SELECT {_NEW_COLUMNS} FROM jsonb_populate_recordset(NULL::reports, $1)
"""


# Of several reports on one asset the last one counts.
_KEEP_FINGERPRINTS = """
INSERT INTO asset_fingerprint (asset_id, user_id, pixels, planes)
SELECT * FROM unnest($1::bigint[], $2::integer[], $3::bytea[], $4::bytea[])
    ON CONFLICT (asset_id) DO UPDATE SET pixels = excluded.pixels, planes = excluded.planes
"""


async def add_reports(connection: Connection, reports: Sequence[NewReport]) -> None:
    rows = [msgspec.to_builtins(msgspec.structs.replace(report, fingerprint=None)) for report in reports]
    for row in rows:
        row["facts"] = {"version": FACTS_VERSION} | row["facts"]
    await connection.execute(_INSERT, rows)
    found = {
        report.asset_id: (report.asset_id, report.user_id, report.fingerprint.pixels, report.fingerprint.planes)
        for report in reports
        if report.fingerprint is not None
    }
    if found:
        await connection.execute(_KEEP_FINGERPRINTS, *zip(*found.values(), strict=True))


async def find_report(connection: Connection | Pool, *, user_id: int, report_id: UUID) -> Report | None:
    query = f"SELECT {_COLUMNS} FROM reports WHERE id = $1 AND user_id = $2"
    return await find_one(connection, Report, query, report_id, user_id)


async def last_facts(connection: Connection, *, user_id: int, asset_id: int) -> Mapping[str, Any]:
    """What the asset's last probe measured; empty if it has no report."""
    query = "SELECT facts FROM reports WHERE asset_id = $1 AND user_id = $2 ORDER BY created_at DESC LIMIT 1"
    facts: Mapping[str, Any] | None = await connection.fetchval(query, asset_id, user_id)
    return facts or {}


async def list_reports(connection: Connection | Pool, *, user_id: int, asset_id: int) -> list[Report]:
    """The asset's last 100 reports, newest first."""
    query = f"SELECT {_COLUMNS} FROM reports WHERE asset_id = $1 AND user_id = $2 ORDER BY created_at DESC LIMIT 100"
    return await find_all(connection, Report, query, asset_id, user_id)
