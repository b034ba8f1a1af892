"""Making series and settings; what is there already stays."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from ..assets.asset import key_of
from ..base.database import Connection
from ..desk.imported import make_series
from ..desk.rule import Rule
from ..desk.rules import add_rule, drop_rule
from ..desk.watermarks import add_watermark, drop_watermark
from ..http.errors import ProblemError
from ..media.messages import Refused
from ..media.watermark import mark_of
from ..site.texts import MAX_DESCRIPTION, some_lines
from .items import SeriesItem, SettingItem
from .kept import add_kept, drop_kept
from .making import Made, Making, Planned, failed_item, key_of_series
from .rows import ItemState, MadeKind

_FILE = "SELECT id, path FROM asset WHERE user_id = $1 AND hash = $2 AND deleted_at IS NULL"
_NO_PICTURE = "The picture of this watermark is not in your library."
Make: TypeAlias = Callable[[Connection], Coroutine[Any, Any, int | None]]


async def make_one_series(making: Making, planned: Planned, item: SeriesItem) -> None:
    async def make(connection: Connection) -> int | None:
        return await make_series(
            connection,
            key_of_series(item),
            user_id=making.user_id,
            description=some_lines(item.description or "")[:MAX_DESCRIPTION] or None,
            created_at=item.created_at,
        )

    await _made(making, planned, "series", make)


async def make_setting(making: Making, planned: Planned, item: SettingItem) -> None:
    """Set it where nothing is set yet."""
    if (rule := item.rule) is not None:
        return await _made(making, planned, "setting", lambda connection: _add_rule(connection, making, rule))
    if (watermark := item.watermark) is None:
        return await _made(making, planned, "setting", lambda connection: add_kept(connection, making, item))
    file, picture = None, None
    if watermark.file is not None:
        file = await making.worker.pool.fetchrow(_FILE, making.user_id, watermark.file)
        if file is None:
            return await making.record([failed_item(planned.number, _NO_PICTURE)])
        picture = await _picture(making, key_of(file["path"]))
        if isinstance(picture, Refused):
            return await making.record([failed_item(planned.number, picture.message)])
    values = (watermark.text, picture, file and file["id"], watermark.place, watermark.opacity, watermark.size)

    async def add(connection: Connection) -> int | None:
        is_new = await add_watermark(connection, *values, user_id=making.user_id)
        return making.user_id if is_new else None

    return await _made(making, planned, "setting", add)


async def _made(making: Making, planned: Planned, kind: MadeKind, make: Make) -> None:
    """Make it, and record it with it; nothing was made if it is there already."""
    try:
        async with making.worker.pool.acquire() as connection, connection.transaction():
            made_id = await make(connection)
            state: ItemState = "present" if made_id is None else "made"
            made = Made(number=planned.number, state=state, kind=kind, made_id=made_id)
            await making.record_in(connection, [made])
    except ProblemError as error:
        await making.record([failed_item(planned.number, str(error)[:500])])


async def _add_rule(connection: Connection, making: Making, rule: Rule) -> int | None:
    is_new = await add_rule(connection, rule, user_id=making.user_id)
    return making.user_id if is_new else None


async def _picture(making: Making, key: str) -> bytes | Refused:
    """Raises: ChildFaultError, ObjectMissingError."""
    async with making.worker.vault.scratch() as folder, making.worker.vault.local(key) as source:
        return await mark_of(source, folder)


async def drop_setting(connection: Connection, item: SettingItem, made_id: int, *, user_id: int) -> bool:
    """Take it back, if it is as the import has made it."""
    if item.rule is not None:
        return await drop_rule(connection, item.rule, user_id=user_id)
    if (mark := item.watermark) is None:
        return await drop_kept(connection, item, made_id, user_id=user_id)
    values = (mark.text, mark.place, mark.opacity, mark.size, mark.file)
    return await drop_watermark(connection, *values, user_id=user_id)
