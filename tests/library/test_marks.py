"""A window anywhere in a large library is found from the mark before it, whatever came and went meanwhile."""

import pytest

from pmd_service.base.database import with_custom_plans
from pmd_service.library import marks
from pmd_service.library.order import Order, Sort
from pmd_service.library.queries import page_statement, read_window
from pmd_service.library.where import AssetFilter, Where

from ..site import BORN, Api, Site

SORTS: list[Sort] = ["date", "path", "name", "size", "kind", "rating"]
FILL = """
INSERT INTO asset (user_id, path, type, hash, name, mime_type, file_format, size_bytes, approved, deleted_at, rating,
                   original_path, created_at)
SELECT $1, '/vault/assets/' || n, (ARRAY['image', 'audio', 'other', 'video'])[1 + n % 4],
       encode(sha256(n::text::bytea), 'hex'), 'picture ' || n % 7, 'image/png', 'png', 1000 + n * 7 % 5, n % 5 = 0,
       CASE WHEN n % 9 = 3 THEN now() END, n % 6, CASE WHEN n % 2 = 0 THEN n % 3 || '/' || n END,
       $4::timestamptz + n / 2 * interval '1 minute'
  FROM generate_series($2::int, $3::int) AS n
"""
KEPT = "SELECT mark_id, state, sum(files) FROM asset_mark_files GROUP BY 1, 2 HAVING sum(files) <> 0 ORDER BY 1, 2"
TRULY = """
SELECT mark_id, state, count(*) FROM asset, asset_marks(user_id, id, type, sort_name, sort_path, size_bytes, rating,
       created_at) GROUP BY 1, 2 ORDER BY 1, 2
"""


@pytest.fixture(autouse=True)
def near(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks stand four files apart."""
    monkeypatch.setattr(marks, "APART", 4)


async def fill(site: Site, artist: int, first: int, last: int) -> None:
    await site.pool.execute(FILL, artist, first, last, BORN)


async def set_marks(site: Site, artist: int) -> None:
    """In every order, as after somebody's looks and the upkeep's passes."""
    for sort in SORTS:
        await marks.find_mark(site.pool, artist, Where.of(AssetFilter()), Order.of(sort, "asc"), 1000)
    await marks.keep_marks(site.pool)


async def check(site: Site, artist: int) -> None:
    """What is kept is so, and windows are those of the list."""
    assert [tuple(row) for row in await site.pool.fetch(KEPT)] == [tuple(row) for row in await site.pool.fetch(TRULY)]
    for chosen in ({}, {"state": "new"}, {"state": "trash"}):
        where = Where.of(AssetFilter(**chosen))  # type: ignore[arg-type]
        for order in [Order.of(sort, direction) for sort in SORTS for direction in ("asc", "desc")]:
            async with with_custom_plans(site.pool) as connection:
                rows = await connection.fetch(page_statement(where, order, is_first=True), artist, *where.values, 1000)
            whole = [row["id"] for row in rows]
            for offset in {9, len(whole) // 2, len(whole) - 3, len(whole) + 3}:
                mark = await marks.find_mark(site.pool, artist, where, order, offset)
                page = await read_window(site.pool, artist, where, order, offset=offset, limit=5, mark=mark)
                assert [item.id for item in page.items] == whole[offset : offset + 5], (chosen, order, offset)


async def test_a_window_is_that_of_the_list_whatever_is_written(site: Site) -> None:
    artist, other = await site.add_user("one"), await site.add_user("two")
    await fill(site, artist, 1, 60)
    await fill(site, other, 101, 130)
    await set_marks(site, artist)
    await check(site, artist)
    changes = (
        "UPDATE asset SET approved = true WHERE id % 3 = 0",
        "UPDATE asset SET deleted_at = now(), rating = 5 WHERE id % 4 = 1",
        "UPDATE asset SET name = 'other ' || id, deleted_at = NULL WHERE id % 7 < 3",
        "UPDATE asset SET theme = 'x'",
        "DELETE FROM asset WHERE id % 5 = 2",
        "DELETE FROM asset WHERE rating = 0",
    )
    for number, change in enumerate(changes):
        await site.pool.execute(change)
        await check(site, artist)
        await fill(site, artist, 200 + 20 * number, 210 + 20 * number)
        await set_marks(site, artist)
        await check(site, artist)


async def test_no_mark_is_made_while_somebody_writes(site: Site) -> None:
    artist = await site.add_user()
    await fill(site, artist, 1, 40)
    async with site.pool.acquire() as writing:
        async with writing.transaction():
            await writing.execute(FILL, artist, 100, 110, BORN)
            await set_marks(site, artist)
            assert await site.pool.fetchval("SELECT count(*) FROM asset_mark") == 0
        await set_marks(site, artist)
        await check(site, artist)
        made = await site.pool.fetchval("SELECT count(*) FROM asset_mark")
        await fill(site, artist, 200, 230)
        async with writing.transaction():
            await writing.execute("DELETE FROM asset WHERE id % 2 = 0")
            await set_marks(site, artist)
            assert await site.pool.fetchval("SELECT count(*) FROM asset_mark") == made
    await set_marks(site, artist)
    await check(site, artist)


async def test_who_has_begun_before_a_division_is_counted_after_it(site: Site) -> None:
    artist = await site.add_user()
    await fill(site, artist, 1, 40)
    async with site.pool.acquire() as writing, writing.transaction():
        await writing.fetchval("SELECT count(*) FROM asset_mark")
        await set_marks(site, artist)
        await writing.execute(FILL, artist, 100, 110, BORN)
    await check(site, artist)


async def test_what_many_writers_leave_is_added_up(site: Site) -> None:
    artist = await site.add_user()
    await fill(site, artist, 1, 40)
    await set_marks(site, artist)
    for _ in range(3 * marks.MAX_ROWS):
        await site.pool.execute("UPDATE asset SET approved = NOT approved WHERE id = (SELECT min(id) FROM asset)")
    await marks.keep_marks(site.pool)
    assert (
        await site.pool.fetchval("SELECT count(*) FROM asset_mark_files GROUP BY mark_id ORDER BY 1 DESC")
        <= marks.MAX_ROWS
    )
    await check(site, artist)


async def test_the_first_look_far_into_a_list_has_marks_set_for_the_next(site: Site, api: Api) -> None:
    artist = await site.add_user()
    await fill(site, artist, 1, 60)
    asked = "/api/pmd/assets?sort=name&limit=5&offset=40"
    before = (await api.get(asked, user=artist)).json
    await marks.keep_marks(site.pool)
    assert await site.pool.fetchval("SELECT count(*) FROM asset_mark WHERE sort = 'name'") > 5
    await site.pool.execute("DELETE FROM asset WHERE name = 'picture 0'")
    after = (await api.get(asked.replace("40", "33"), user=artist)).json
    assert before["total_count"] - after["total_count"] == 7
    assert [item["id"] for item in after["items"]] == [item["id"] for item in before["items"]]
