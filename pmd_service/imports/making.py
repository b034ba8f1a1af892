"""One attempt of an import: what its makers share, and how they record what they have made."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..base.database import Connection, Pool
from ..base.settings import Settings
from ..desk.imported import SeriesKey
from ..http.errors import ProblemError
from ..identity.users import Actor
from ..media.companions import ending_of
from ..media.formats import FORMATS
from ..media.probe_result import ProbeResult
from ..outbox.hook import Hook
from ..site.details import PostDetails
from ..site.texts import (
    MAX_ALT_TEXT,
    MAX_HASHTAGS,
    MAX_TITLE,
    MAX_WARNING,
    MAX_WARNINGS,
    content_warnings,
    hashtags,
    line_or_none,
    once,
    one_line,
    some_lines,
)
from ..work.claimed import Claimed, LeaseLostError
from ..work.context import WorkerContext
from ..work.lease import require_lease
from .forms.texts import described
from .items import DraftItem, FileItem, Item, PackItem, PostItem, SeriesItem
from .listing import base_of
from .rows import NOTIFY, ImportChoices, ItemState, MadeKind


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """An item of the report that is to be made."""

    number: int
    item: Item


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """An item whose bytes are on this machine, with their checksums, and what the probe has found."""

    planned: Planned
    path: Path
    sha256: str
    crc32: int
    previews: Path
    probed: ProbeResult


_IDS = "SELECT hash, id FROM asset WHERE user_id = $1 AND hash = ANY ($2) AND deleted_at IS NULL"


async def find_ids(connection: Connection | Pool, user_id: int, hashes: Sequence[str]) -> Mapping[str, int]:
    """The ids of the user's files outside the trash with these bytes."""
    return dict(map(tuple, await connection.fetch(_IDS, user_id, hashes))) if hashes else {}


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an item: an id, also of what was there already; or a message that tells why not."""

    number: int
    state: ItemState = "made"
    kind: MadeKind | None = None
    made_id: int | None = None
    asset_id: int | None = None  # of a file that was added for a draft
    message: str | None = None


_RECORD = """
UPDATE import_item
   SET state = made.state, message = made.message, made_kind = made.kind, made_id = made.made_id,
       asset_id = made.asset_id
  FROM jsonb_to_recordset($2)
    AS made (number integer, state text, kind text, made_id bigint, asset_id bigint, message text)
 WHERE import_id = $1 AND import_item.number = made.number AND import_item.state = 'planned'
RETURNING import_item.number
"""
_COUNT = """
UPDATE imports
   SET done_number = greatest(done_number, $2), made_count = made_count + $3, failed_count = failed_count + $4
 WHERE id = $1
"""


class Making(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt. ``licenses`` are the site's by the archive's names."""

    worker: WorkerContext
    actor: Actor
    sqid: str
    archive: Path
    claimed: Claimed[Any]
    choices: ImportChoices
    licenses: Mapping[str, int | None]
    hook: Hook

    @property
    def import_id(self) -> int:
        return int(self.claimed.work.subject)

    @property
    def user_id(self) -> int:
        return self.actor.subject.id

    @property
    def settings(self) -> Settings:
        return self.worker.settings

    def license_of(self, item: FileItem | PostItem | PackItem | DraftItem) -> int | None:
        return self.licenses.get(item.license or "")

    def hashtags(self, tags: Sequence[str], read: Callable[..., list[str]] = hashtags) -> list[str]:
        """As they are chosen, without those that the site does not take."""
        chosen = [self.choices.hashtags.get(tag, tag) for tag in tags]
        taken: list[str] = []
        for tag in chosen:
            try:
                taken += read([tag], path="") if tag else []
            except ProblemError:
                continue
        return once(taken)[:MAX_HASHTAGS]

    def details(self, item: FileItem | PostItem | DraftItem) -> PostDetails:
        """The details that have fields here, with the warnings as they are chosen."""
        words = [word for word in self._warnings(item) if len(word) <= MAX_WARNING and one_line(word)]
        alt = some_lines(item.alt_text or "")
        return PostDetails(
            alt_text=alt if 0 < len(alt) <= MAX_ALT_TEXT else None,
            content_warnings=content_warnings(words, path="")[:MAX_WARNINGS],
            ai_disclosure=None if isinstance(item, FileItem) else item.ai_disclosure,
            ai_opt_out=item.ai_opt_out,
        )

    def description(self, item: PostItem | DraftItem) -> str | None:
        """With what is too long for the fields that posts have for it; it may be too long itself."""
        long = [word for word in self._warnings(item) if len(word) > MAX_WARNING]
        alt = some_lines(item.alt_text or "")
        return described(item.description or "", warnings=long, alt=alt if len(alt) > MAX_ALT_TEXT else None)

    def _warnings(self, item: FileItem | PostItem | DraftItem) -> Sequence[str]:
        chosen = [self.choices.warnings.get(word, word) for word in item.content_warnings]
        return [word for word in chosen if word]

    async def record(self, made: Sequence[Made]) -> None:
        if made:
            async with self.worker.pool.acquire() as connection, connection.transaction():
                await self.record_in(connection, made)

    async def record_in(self, connection: Connection, made: Sequence[Made]) -> None:
        """Record it in the transaction that makes it.

        Raises:
            LeaseLostError: the import has been cancelled, and may be undone by now, or another attempt has made it; the
                transaction must not commit.
        """
        await require_lease(connection, self.claimed)
        if len(await connection.fetch(_RECORD, self.import_id, msgspec.to_builtins(made))) < len(made):
            raise LeaseLostError
        states = Counter(each.state for each in made)
        counts = (max(each.number for each in made), states["made"], states["failed"])
        await connection.execute(_COUNT, self.import_id, *counts)
        await connection.execute(NOTIFY, self.import_id)


def title_of(item: PostItem | DraftItem) -> str | None:
    """A post's title as the site stores it."""
    return one_line(item.title)[:MAX_TITLE].strip() or None


def key_of_series(item: SeriesItem) -> SeriesKey:
    return SeriesKey(one_line(item.title) or "Untitled", item.created_at if item.is_found_by_time else None)


def series_of(item: PostItem | DraftItem) -> SeriesKey | None:
    """The series that it is in."""
    name = line_or_none(item.series)
    return None if name is None else SeriesKey(name, item.series_created_at)


def only_a_file(settings: Settings, item: Item) -> str | None:
    """Why this post's file cannot be a post here, and goes to the library; as far as the archive tells."""
    if not isinstance(item, PostItem):
        return None
    ending = ending_of(base_of(item.entry.name))
    if not any(ending in FORMATS[name].endings for name in settings.formats_of_posts if name in FORMATS):
        return "not_a_post_format"
    return "canvas_too_large" if max(item.pixels or (0,)) > settings.post_max_canvas else None


def failed_item(number: int, message: str) -> Made:
    return Made(number=number, state="failed", message=message)


def name_of(item: Item) -> str:
    """The name of the library's file."""
    if isinstance(item, FileItem):
        return item.title
    assert isinstance(item, PostItem)
    name, ending = one_line(item.title)[:200] or "Untitled", ending_of(base_of(item.entry.name))[:10]
    return f"{name}.{ending}" if ending else name
