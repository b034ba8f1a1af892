-- What 0150 has promised holds for the rows that were there: they are read, and nobody's writing waits.

-- migrate:up
ALTER TABLE asset
    VALIDATE CONSTRAINT asset_rating_range,
    VALIDATE CONSTRAINT asset_label_known,
    VALIDATE CONSTRAINT asset_type_known;

-- migrate:down
