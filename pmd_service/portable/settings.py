"""The settings in a takeout: ``data/settings.json``, without secrets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from .records import Sha256


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An access key, without its secret."""

    name: str
    scopes: Sequence[str]
    created_at: datetime
    expires_at: datetime | None


class WebhookRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A webhook, without its secret; of its address only the host, because paths have secrets, too."""

    host: str
    events: Sequence[str]
    is_enabled: bool
    created_at: datetime


class LinkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A link that shares a pack or a download, without its address, which would open it."""

    pack: Annotated[str | None, Meta(description="The pack's name; null: it shares a download.")]
    is_public: bool
    expires_at: datetime | None
    withdrawn_at: datetime | None
    view_count: int
    download_count: int
    created_at: datetime


class RuleRecord(msgspec.Struct, frozen=True, kw_only=True):
    """When drafts are published, and the default of what posts and files do not declare."""

    is_on: bool
    weekdays: Annotated[Sequence[int], Meta(description="1 is Monday.")]
    times: Annotated[Sequence[str], Meta(description="HH:MM, in the time zone.")]
    in_turn: Literal["table", "series"]
    time_zone: Annotated[str, Meta(description="By IANA's name.")]
    is_paused: bool
    ai_opt_out: bool


class WatermarkRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A watermark: a text, or a file of the library."""

    text: str | None
    file: Annotated[Sha256 | None, Meta(description="Of the library's picture; null also if that is gone.")]
    place: str
    opacity: Annotated[int, Meta(description="Per cent.")]
    size: Annotated[int, Meta(description="Per cent of the picture that it is drawn over.")]


class SmartFolderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A search of the library that is kept under a name; ``filter`` is as ``GET /api/pmd/assets`` takes it."""

    name: str
    filter: dict[str, str | int]
    sort: str
    order: Literal["asc", "desc"] | None
    created_at: datetime


class SavedViewRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A view of posts; ``query`` is the parameters of the page's address."""

    name: str
    query: str
    created_at: datetime


class TagRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A hashtag that has a colour."""

    name: str
    color: str


class SettingsRecord(msgspec.Struct, frozen=True, kw_only=True):
    """``data/settings.json``, without secrets; it is missing if a moderator has requested the takeout."""

    email: str | None
    language: str | None = None
    keys: Sequence[KeyRecord]
    webhooks: Sequence[WebhookRecord]
    links: Sequence[LinkRecord] = ()
    publishing_rule: RuleRecord | None = None
    watermark: WatermarkRecord | None = None
    smart_folders: Sequence[SmartFolderRecord] = ()
    saved_views: Sequence[SavedViewRecord] = ()
    tags: Sequence[TagRecord] = ()
