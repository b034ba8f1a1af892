"""Making packs, of files that are in the library by then."""

from typing import Any

import msgspec

from ..http.errors import ProblemError
from ..packs.changes import PackRequest, add_pack
from .items import PackItem
from .making import Made, Making, Planned, failed_item, find_ids

_DATE_PACK = "UPDATE pack SET created_at = $2 WHERE id = $1"


async def make_pack(making: Making, planned: Planned, item: PackItem) -> None:
    wanted = [file.sha256 for file in item.files]
    by_hash = await find_ids(making.worker.pool, making.user_id, wanted)
    files: list[dict[str, Any]] = [
        {"asset_id": by_hash[file.sha256], "notes": file.notes, "path": file.path}
        for file in item.files
        if file.sha256 in by_hash
    ]
    body = {
        "name": item.title,
        "theme": item.theme,
        "description": item.description,
        "license_type": item.license_type,
        "license_id": making.license_of(item),
        "custom_license": item.custom_license,
        "marks": item.marks,
        "layout": item.layout,
        "assets": files,
    }
    try:
        request = msgspec.convert({name: value for name, value in body.items() if value is not None}, PackRequest)
        async with making.worker.pool.acquire() as connection, connection.transaction():
            pack_id = await add_pack(connection, making.actor, request)
            await connection.execute(_DATE_PACK, pack_id, item.created_at)
            await making.record_in(connection, [Made(number=planned.number, kind="pack", made_id=pack_id)])
    except (ProblemError, msgspec.ValidationError) as error:
        await making.record([failed_item(planned.number, str(error)[:500])])
