"""SQL conditions for posts.

Playlist posts (``kind = 'playlist'``) are excluded from every part of PMD: none can be listed, changed or downloaded.
"""

ARTWORK = "kind = 'artwork'"
LIVE_ARTWORK = f"{ARTWORK} AND NOT deleted_by_user"
VISIBLE_ARTWORK = f"{LIVE_ARTWORK} AND NOT hidden_by_user AND NOT hidden_by_mod"
DELETED_ARTWORK = f"{ARTWORK} AND deleted_by_user"

# The comments that visitors see.
VISIBLE_COMMENT = "NOT hidden_by_mod AND NOT deleted_by_owner AND NOT deleted_by_mod"
