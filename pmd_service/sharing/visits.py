"""Counting visits to links and series, by day: no cookies, no addresses, nothing of the visitor.

One statement a visit, to one of some rows at random: a thousand visits a second to one page wait for each other as
seldom as some dozens to one row. What is behind a day's end is added up by the upkeep.
"""

from typing import Final, Literal, TypeAlias

from ..base.database import Pool, forget
from .links import Shared

Subject: TypeAlias = Literal["link", "series"]

# Rows of one subject and day that grow at the same time.
SLOTS: Final = 16
KEPT_DAYS: Final = 400

_COUNT = f"""
INSERT INTO visits AS known (user_id, day, subject, subject_id, slot, pack_id, view_count, download_count)
VALUES ($1, (now() AT TIME ZONE 'UTC')::date, $2, $3, 1 + floor(random() * {SLOTS})::int, $4, $5, $6)
    ON CONFLICT (user_id, day, subject, subject_id, slot) DO UPDATE
   SET view_count = known.view_count + excluded.view_count,
       download_count = known.download_count + excluded.download_count
"""
# A link's own counts grow by what is added up in the same statement: a reader of both misses nothing and counts nothing
# twice.
_ADD_UP = """
WITH past AS (
    DELETE FROM visits
     WHERE ctid = ANY (ARRAY(SELECT ctid FROM visits
                              WHERE slot > 0 AND day < (now() AT TIME ZONE 'UTC')::date LIMIT $1))
    RETURNING user_id, day, subject, subject_id, pack_id, view_count, download_count),
days AS (
    INSERT INTO visits AS known (user_id, day, subject, subject_id, slot, pack_id, view_count, download_count)
    SELECT user_id, day, subject, subject_id, 0, max(pack_id), sum(view_count), sum(download_count)
      FROM past GROUP BY user_id, day, subject, subject_id
        ON CONFLICT (user_id, day, subject, subject_id, slot) DO UPDATE
       SET view_count = known.view_count + excluded.view_count,
           download_count = known.download_count + excluded.download_count),
links AS (
    UPDATE share_link
       SET view_count = share_link.view_count + sums.view_count,
           download_count = share_link.download_count + sums.download_count
      FROM (SELECT subject_id, sum(view_count) AS view_count, sum(download_count) AS download_count
              FROM past WHERE subject = 'link' GROUP BY subject_id) AS sums
     WHERE share_link.id = sums.subject_id)
SELECT FROM past
"""
_FORGET = """
DELETE FROM visits
 WHERE ctid = ANY (ARRAY(SELECT ctid FROM visits
                          WHERE day < (now() AT TIME ZONE 'UTC')::date - $1::int LIMIT $2))
"""


async def count_view(pool: Pool, shared: Shared) -> None:
    """Count that the page behind a link was seen."""
    await pool.execute(_COUNT, shared.user_id, "link", shared.id, shared.pack_id, 1, 0)


async def count_download(pool: Pool, shared: Shared) -> None:
    """Count that what is behind a link was taken."""
    await pool.execute(_COUNT, shared.user_id, "link", shared.id, shared.pack_id, 0, 1)


async def count_series_view(pool: Pool, *, user_id: int, series_id: int) -> None:
    """Count that a series' page was seen."""
    await pool.execute(_COUNT, user_id, "series", series_id, None, 1, 0)


async def add_up_visits(pool: Pool) -> int:
    """One row for each subject of a day that has passed, and no day that is older than ``KEPT_DAYS``."""
    added_up = await forget(pool, _ADD_UP)
    return added_up + await forget(pool, _FORGET, KEPT_DAYS)
