"""Drafts as CSV, out and in."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from ..base.database import Pool
from ..identity.users import Actor
from .drafts import DraftQuery


class SheetRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/drafts/csv."""

    csv: Annotated[str, Meta(min_length=1, description="With a heading.", examples=["id,title\r\n31,Lighthouse\r\n"])]
    dry_run: Annotated[bool, Meta(description="Only report what would change.")] = True


class SheetFault(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that cannot be read; its draft stays as it is."""

    row: Annotated[int, Meta(description="Counted from 1, the heading.", examples=[2])]
    column: Annotated[str, Meta(examples=["hashtags"])]
    message: Annotated[str, Meta(examples=["A hashtag has at most 50 characters: letters, digits, “_” and “-”."])]


class SheetReport(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet changes, or would change."""

    is_applied: bool
    row_count: Annotated[int, Meta(examples=[12])]
    changed_count: Annotated[int, Meta(examples=[9])]
    same_count: Annotated[int, Meta(examples=[2])]
    lost_rows: Annotated[Sequence[int], Meta(description="Rows of drafts that are not there; at most 100.")]
    faults: Annotated[Sequence[SheetFault], Meta(description="At most 100.")]
    fault_count: Annotated[int, Meta(examples=[1])]
    ignored_columns: Annotated[Sequence[str], Meta(description="That cannot be changed here.", examples=[["file"]])]


async def write_sheet(pool: Pool, query: DraftQuery, *, user_id: int) -> str:
    raise NotImplementedError


async def read_sheet(app: web.Application, actor: Actor, body: SheetRequest) -> SheetReport:
    raise NotImplementedError
