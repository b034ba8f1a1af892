"""A user's settings in a takeout: without secrets, and without addresses that have some."""

from ...base.database import Pool, find_all, find_one
from ...portable.settings import (
    KeyRecord,
    LinkRecord,
    RuleRecord,
    SavedViewRecord,
    SettingsRecord,
    SmartFolderRecord,
    TagRecord,
    WatermarkRecord,
    WebhookRecord,
)

_KEYS = """
SELECT name, scopes, created_at, expires_at FROM access_key
 WHERE user_id = $1 AND revoked_at IS NULL ORDER BY created_at, id
"""

_WEBHOOKS = """
SELECT coalesce(substring(url FROM '^https?://(?:[^/?#@]*@)?([^/?#@]+)'), '') AS host, events,
       disabled_at IS NULL AS is_enabled, created_at
  FROM webhooks WHERE user_id = $1 ORDER BY created_at, id
"""

_LINKS = """
SELECT pack.name AS pack, is_public, expires_at, withdrawn_at, share_link.view_count, share_link.download_count,
       share_link.created_at
  FROM share_link LEFT JOIN pack ON pack.id = pack_id
 WHERE share_link.user_id = $1 ORDER BY share_link.created_at, share_link.id
"""

_RULE = """
SELECT is_on, weekdays, ARRAY(SELECT to_char(at, 'HH24:MI') FROM unnest(times) AS at ORDER BY at) AS times, in_turn,
       time_zone, is_paused, ai_opt_out
  FROM publishing_rule WHERE user_id = $1
"""

_WATERMARK = """
SELECT text, (SELECT hash FROM asset WHERE id = asset_id AND user_id = $1 AND deleted_at IS NULL) AS file, place,
       opacity, size
  FROM watermark WHERE user_id = $1 AND num_nonnulls(text, picture) = 1
"""


_SMART_FOLDERS = """
SELECT name, filter, sort, direction AS "order", created_at FROM smart_folder
 WHERE user_id = $1 ORDER BY created_at, id
"""

_SAVED_VIEWS = "SELECT name, query, created_at FROM saved_view WHERE user_id = $1 ORDER BY created_at, id"
_TAGS = "SELECT tag AS name, color FROM tag_color WHERE user_id = $1 ORDER BY tag"


async def load_settings(pool: Pool, user_id: int, email: str | None, language: str | None) -> SettingsRecord:
    return SettingsRecord(
        email=email,
        language=language,
        keys=await find_all(pool, KeyRecord, _KEYS, user_id),
        webhooks=await find_all(pool, WebhookRecord, _WEBHOOKS, user_id),
        links=await find_all(pool, LinkRecord, _LINKS, user_id),
        publishing_rule=await find_one(pool, RuleRecord, _RULE, user_id),
        watermark=await find_one(pool, WatermarkRecord, _WATERMARK, user_id),
        smart_folders=await find_all(pool, SmartFolderRecord, _SMART_FOLDERS, user_id),
        saved_views=await find_all(pool, SavedViewRecord, _SAVED_VIEWS, user_id),
        tags=await find_all(pool, TagRecord, _TAGS, user_id),
    )
