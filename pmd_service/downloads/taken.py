"""Which files of the library a takeout has."""

# Imports that have made all that a takeout of ours has, and were not undone.
IS_MADE = "form = 'takeout' AND stage = 'import' AND status = 'completed' AND failed_count = 0"

# Those of a user ($1) outside the trash. An earlier takeout is left out where all of it was imported here: else each
# takeout would have the ones before it. One that is in a pack is kept for the pack.
TAKEN_FILE = f"""
user_id = $1 AND deleted_at IS NULL AND id <> ALL (ARRAY(
    SELECT asset_id FROM imports
     WHERE imports.user_id = $1 AND {IS_MADE}
       AND NOT EXISTS (SELECT FROM pack_asset WHERE pack_asset.asset_id = imports.asset_id)))
"""
