-- What 0272 has promised holds for the rows that were there: they are read, and nobody's writing waits.

-- migrate:up
ALTER TABLE pack
    VALIDATE CONSTRAINT pack_license_known,
    VALIDATE CONSTRAINT pack_custom_license_bounded;

-- migrate:down
