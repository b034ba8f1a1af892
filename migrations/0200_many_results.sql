-- migrate:up

-- A task may take several files together, and make several.
ALTER TABLE job ADD COLUMN asset_ids integer[] NOT NULL DEFAULT '{}';
ALTER TABLE job ADD COLUMN result_asset_ids integer[] NOT NULL DEFAULT '{}';
-- The kinds stand in one table of the code; a kind more is no change of the schema.
ALTER TABLE job DROP CONSTRAINT job_kind_known;

-- migrate:down
ALTER TABLE job ADD CONSTRAINT job_kind_known
    CHECK (kind IN ('upscale', 'denoise_audio', 'denoise_video', 'enhance', 'export_pack', 'metadata_extract')) NOT VALID;
ALTER TABLE job DROP COLUMN result_asset_ids;
ALTER TABLE job DROP COLUMN asset_ids;
