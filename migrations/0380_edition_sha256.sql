-- An edition's SHA-256 is that of the ZIP that people download. It takes a read of the whole archive, so the upkeep
-- computes it afterwards. Its ``hash`` is another one, of the archive's own bytes and its references.

-- migrate:up
ALTER TABLE pack_edition
    ADD COLUMN sha256 text,
    ADD COLUMN sha256_due_at timestamptz NOT NULL DEFAULT now(), -- not computed before then
    ADD CONSTRAINT pack_edition_sha256_hex CHECK (sha256 ~ '^[0-9a-f]{64}$') NOT VALID;

-- migrate:down
ALTER TABLE pack_edition
    DROP CONSTRAINT pack_edition_sha256_hex,
    DROP COLUMN sha256_due_at,
    DROP COLUMN sha256;
