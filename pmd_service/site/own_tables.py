"""Whether the site's tables are ours, and what follows from that."""

from ..base.database import Pool
from ..base.settings import Settings


async def are_ours(pool: Pool) -> bool:
    """Whether the service stands alone: ``pmd migrate`` has made the site's tables, and no site shows their posts."""
    ours: bool = await pool.fetchval(
        "SELECT coalesce(obj_description(to_regclass('users'), 'pg_class') = 'created by pmd migrate', false)"
    )
    return ours


def takes_posts(settings: Settings, *, stands_alone: bool) -> bool:
    """Posts are ours to insert, or an operator says that the site's own may be."""
    return stands_alone if settings.publish is None else settings.publish == "insert"
