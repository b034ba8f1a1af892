"""What artists say about AI: whether their works may be used for training it, and whether it has made them.

A work's own word counts, or else that of the post that shows the file, or else the artist's. Answers with such works
have ``X-Robots-Tag`` and ``tdm-reservation`` (W3C TDMRep, section 5.1).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from ..base.database import Connection, Pool

# Of a row of ``posts``, and of ``asset``.
POST_OPTS_OUT: Final = """
coalesce((SELECT ai_opt_out FROM post_details WHERE post_details.post_id = posts.id),
         (SELECT ai_opt_out FROM publishing_rule WHERE publishing_rule.user_id = posts.owner_id), false)"""
OPTS_OUT: Final = """
coalesce(asset.ai_opt_out,
         (SELECT details.ai_opt_out FROM post_details AS details WHERE details.post_id = asset.post_id),
         (SELECT rule.ai_opt_out FROM publishing_rule AS rule WHERE rule.user_id = asset.user_id), false)"""
DISCLOSURE: Final = """
coalesce((SELECT details.ai_disclosure FROM post_details AS details WHERE details.post_id = asset.post_id),
         CASE WHEN asset.provenance = 'ai_generated' THEN 'generated' END)"""

_POSTS = f"SELECT EXISTS (SELECT FROM posts WHERE id = ANY ($1) AND owner_id = $2 AND {POST_OPTS_OUT})"
_FILES = f"SELECT EXISTS (SELECT FROM asset WHERE id = ANY ($1) AND user_id = $2 AND {OPTS_OUT})"

ROBOTS: Final = "X-Robots-Tag"
TDM: Final = "tdm-reservation"
_NO_AI = "noai, noimageai"


def reserved(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer with works that may not be used for training AI."""
    robots = f"{headers[ROBOTS]}, {_NO_AI}" if ROBOTS in headers else _NO_AI
    return {**headers, ROBOTS: robots, TDM: "1"}


async def posts_opt_out(connection: Connection | Pool, *, owner_id: int, post_ids: Sequence[int]) -> bool:
    """Whether one of these posts may not be used for training AI."""
    opts_out: bool = await connection.fetchval(_POSTS, post_ids, owner_id)
    return opts_out


async def files_opt_out(connection: Connection | Pool, *, user_id: int, asset_ids: Sequence[int]) -> bool:
    """Whether one of these files may not be used for training AI."""
    opts_out: bool = await connection.fetchval(_FILES, asset_ids, user_id)
    return opts_out
