"""Making drafts: of posts, if that is chosen, and those of a takeout."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from ..base.database import Connection
from ..desk.edits import drafts_left
from ..desk.imported import DraftThere, NewDraft, add_drafts, find_series
from ..site.texts import MAX_DESCRIPTION, some_lines
from .items import DraftItem, PostItem
from .making import Made, Making, Planned, Taken, failed_item, find_ids, only_a_file, series_of, title_of

_NO_FILE = "The file of this draft is not in your library."


def becomes_draft(making: Making, planned: Planned) -> bool:
    """Whether this is a post that is to become a draft, and can be a post here."""
    item = planned.item
    is_chosen = isinstance(item, PostItem) and making.choices.posts_as == "drafts"
    return is_chosen and only_a_file(making.settings, item) is None


async def beyond_limit(making: Making, group: Sequence[Planned]) -> Sequence[Planned]:
    """Those of these that have no room among the drafts."""
    wanted = [each for each in group if isinstance(each.item, DraftItem) or becomes_draft(making, each)]
    return wanted[max(0, await drafts_left(making.worker.pool, user_id=making.user_id)) :] if wanted else []


async def with_drafts(
    connection: Connection, making: Making, files: Sequence[Taken], made: Sequence[Made]
) -> Sequence[Made]:
    """What became of these files, after drafts were added of those that are to have one.

    Raises:
        ProblemError: 409, too many drafts.
    """
    chosen = {each.planned.number: each.planned for each in files if becomes_draft(making, each.planned)}
    of_files = [each for each in made if each.number in chosen]
    drafts = await _add(connection, making, [(chosen[each.number], each.made_id) for each in of_files])
    return [*(each for each in made if each.number not in chosen), *_of_drafts(of_files, drafts)]


def _of_drafts(files: Sequence[Made], drafts: Mapping[int, DraftThere]) -> Iterator[Made]:
    """What items have become whose files are these; a draft that several have become is the first one's."""
    counted: set[int] = set()
    for file in files:
        assert file.made_id is not None
        there = drafts[file.made_id]
        is_made = there.is_new and there.id not in counted
        counted.add(there.id)
        yield msgspec.structs.replace(
            file,
            state="made" if is_made else "present",
            kind=there.kind,
            made_id=there.id,
            asset_id=file.made_id if file.state == "made" else None,
        )


async def make_drafts(making: Making, group: Sequence[Planned]) -> None:
    """Drafts of files that are in the library already.

    Raises:
        ProblemError: 409, too many drafts.
    """
    if not group:
        return
    wanted = [_file_of(each) for each in group]
    async with making.worker.pool.acquire() as connection, connection.transaction():
        ids = await find_ids(connection, making.user_id, wanted)
        found = [(each, ids[name]) for each, name in zip(group, wanted, strict=True) if name in ids]
        missing = [
            failed_item(each.number, _NO_FILE) for each, name in zip(group, wanted, strict=True) if name not in ids
        ]
        drafts = await _add(connection, making, found)
        files = [Made(number=each.number, state="present", made_id=file) for each, file in found]
        await making.record_in(connection, [*_of_drafts(files, drafts), *missing])


async def of_library(making: Making, group: Sequence[Planned]) -> Sequence[Planned]:
    """Of posts that are to become drafts, those whose files are in the library, as what they were published from."""
    chosen = [each for each in group if becomes_draft(making, each) and _file_of(each)]
    known = await find_ids(making.worker.pool, making.user_id, [_file_of(each) for each in chosen])
    return [each for each in chosen if _file_of(each) in known]


def _file_of(planned: Planned) -> str:
    item = planned.item
    assert isinstance(item, DraftItem | PostItem)
    return item.file if isinstance(item, DraftItem) else item.library_file or ""


async def _add(
    connection: Connection, making: Making, found: Sequence[tuple[Planned, int | None]]
) -> Mapping[int, DraftThere]:
    """Add drafts of these files; the first draft of a file counts."""
    if not found:
        return {}
    first: dict[int, DraftItem | PostItem] = {}
    for planned, asset_id in found:
        assert asset_id is not None
        assert isinstance(planned.item, DraftItem | PostItem)
        first.setdefault(asset_id, planned.item)
    keys = {asset_id: key for asset_id, item in first.items() if (key := series_of(item)) is not None}
    series = await find_series(connection, [*keys.values()], user_id=making.user_id)
    joined = {asset_id: series.get(key) for asset_id, key in keys.items()}
    new = [_new(making, item, asset_id, joined.get(asset_id)) for asset_id, item in first.items()]
    return await add_drafts(connection, new, user_id=making.user_id)


def _new(making: Making, item: DraftItem | PostItem, asset_id: int, series_id: int | None) -> NewDraft:
    details = making.details(item)
    draft = NewDraft(
        asset_id=asset_id,
        title=title_of(item),
        description=some_lines(making.description(item) or "")[:MAX_DESCRIPTION] or None,
        hashtags=making.hashtags(item.hashtags),
        alt_text=details.alt_text,
        content_warnings=details.content_warnings,
        license_id=making.license_of(item),
        ai_disclosure=details.ai_disclosure,
        ai_opt_out=details.ai_opt_out,
        is_hidden=item.is_hidden or making.choices.is_hidden,
        series_id=series_id,
    )
    if isinstance(item, PostItem):
        return msgspec.structs.replace(draft, marks="keep" if item.discloses else None, posted_at=item.created_at)
    return msgspec.structs.replace(
        draft,
        marks=item.marks,
        due_at=item.due_at,
        is_placed_by_hand=item.is_placed_by_hand,
        posted_at=item.posted_at,
    )
