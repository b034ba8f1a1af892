-- Sounds of an edition that strips personal metadata are played from its archive, where their copies lie uncompressed.

-- migrate:up
ALTER TABLE pack_edition ADD COLUMN sounds jsonb; -- {asset id: [first byte, size]} of the copies; NULL: not recorded

-- migrate:down
ALTER TABLE pack_edition DROP COLUMN sounds;
