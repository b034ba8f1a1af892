"""Series: posts in an order of their artist's own."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, UnsetType

from ..base.database import Pool
from ..http.etags import IfMatch
from ..http.once import Once
from ..http.selection import RowId
from ..http.wire import Cursor, PageCursor
from ..identity.users import Actor
from ..site.texts import MAX_DESCRIPTION, MAX_TITLE

MAX_PAGE = 512
MAX_SERIES = 500
MAX_POSTS = 2_000

_Name = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE, examples=["Forest"])]
_Description = Annotated[str, Meta(max_length=MAX_DESCRIPTION, examples=["Everyone who lives between the trees."])]


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """A series; without a cover of its own, its first post is."""

    id: Annotated[int, Meta(examples=[3])]
    version: Annotated[int, Meta(description="Counts its changes.", examples=[1])]
    name: _Name
    description: _Description | None
    cover_post_id: Annotated[int | None, Meta(examples=[102])]
    first_post_id: Annotated[int | None, Meta(examples=[102])]
    post_count: Annotated[int, Meta(description="Without deleted posts.", examples=[5])]
    draft_count: Annotated[int, Meta(description="That join it once they are published.", examples=[2])]
    url: Annotated[str, Meta(description="Its public page.", examples=["https://makapix.example/u/Uk7c/series/3"])]
    created_at: datetime
    updated_at: datetime

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares."""
        return self.version


class SeriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of series, newest first; ``next_cursor`` is null on the last one."""

    items: Sequence[Series]
    next_cursor: str | None


class SeriesQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of GET /api/pmd/series."""

    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE, description="Series a page.")] = MAX_PAGE
    cursor: PageCursor | None = None


class SeriesRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of POST /api/pmd/series."""

    name: _Name
    description: _Description | None = None


class SeriesEdit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body of PATCH /api/pmd/series/{series_id}; what is left out stays as it is."""

    name: _Name | UnsetType = UNSET
    description: _Description | UnsetType | None = UNSET
    cover_post_id: (
        Annotated[RowId, Meta(description="One of its posts; null: the first.", examples=[102])] | UnsetType | None
    ) = UNSET


class SeriesPosts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The posts of a series, all of them, in its order."""

    post_ids: Annotated[
        list[RowId], Meta(max_length=MAX_POSTS, description="Your own posts, each once.", examples=[[102]])
    ]


class SeriesOrder(msgspec.Struct, frozen=True, kw_only=True):
    """The posts of a series, all of them, in its order."""

    version: Annotated[int, Meta(description="The series'.", examples=[1])]
    post_ids: Annotated[Sequence[int], Meta(description="Without deleted posts.", examples=[[102, 101]])]

    @property
    def revision(self) -> object:
        """What ``If-Match`` compares: the series'."""
        return self.version


async def list_series(app: web.Application, actor: Actor, query: SeriesQuery, *, after: Cursor) -> SeriesPage:
    raise NotImplementedError


async def find_series(app: web.Application, actor: Actor, series_id: int) -> Series | None:
    raise NotImplementedError


async def create_series(app: web.Application, actor: Actor, body: SeriesRequest, once: Once) -> Series:
    raise NotImplementedError


async def edit_series(app: web.Application, actor: Actor, series_id: int, body: SeriesEdit, match: IfMatch) -> Series:
    raise NotImplementedError


async def delete_series(app: web.Application, actor: Actor, series_id: int, match: IfMatch) -> None:
    raise NotImplementedError


async def read_order(pool: Pool, *, user_id: int, series_id: int) -> SeriesOrder | None:
    raise NotImplementedError


async def write_order(pool: Pool, actor: Actor, series_id: int, body: SeriesPosts, match: IfMatch) -> SeriesOrder:
    raise NotImplementedError
