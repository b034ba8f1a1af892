"""Whether the site's tables are ours, and what follows from that."""

from ..database import Pool
from ..ops.settings import Settings

_ARE_OURS = "SELECT coalesce(obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate', false)"


async def takes_posts(pool: Pool, settings: Settings) -> bool:
    """Posts are ours to insert, or an operator says that the site's own may be."""
    if settings.publish is not None:
        return settings.publish == "insert"
    are_ours: bool = await pool.fetchval(_ARE_OURS)
    return are_ours
