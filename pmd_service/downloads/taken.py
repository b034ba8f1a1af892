"""Which files of the library a takeout has."""

# Those of a user ($1) outside the trash. An archive that an import has read is left out: its things are here, and each
# takeout would have the ones before it. One that is in a pack is kept for the pack.
TAKEN_FILE = """
user_id = $1 AND deleted_at IS NULL AND id <> ALL (ARRAY(
    SELECT asset_id FROM imports
     WHERE imports.user_id = $1 AND stage <> 'report' AND status = 'completed'
       AND NOT EXISTS (SELECT FROM pack_asset WHERE pack_asset.asset_id = imports.asset_id)))
"""
