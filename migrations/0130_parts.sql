-- tus's concatenation (docs/uploads.md): a part is an upload of its own, which nobody is shown.

-- migrate:up
SELECT patiently('ALTER TABLE batch_reports ADD COLUMN is_parts boolean NOT NULL DEFAULT false');

-- migrate:down
DELETE FROM batch_reports WHERE is_parts;
ALTER TABLE batch_reports DROP COLUMN is_parts;
