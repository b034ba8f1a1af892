-- Two more kinds of licences, as PODStudio has them: for news and teaching, and in the owner's own words.

-- migrate:up
ALTER TABLE pack
    ADD COLUMN custom_license text,
    DROP CONSTRAINT pack_license_known,
    ADD CONSTRAINT pack_license_known CHECK (
        license_type IN ('royalty_free', 'attribution', 'commercial', 'personal', 'editorial')
        OR license_type = 'custom' AND custom_license IS NOT NULL) NOT VALID,
    ADD CONSTRAINT pack_custom_license_bounded CHECK (length(custom_license) BETWEEN 1 AND 20000) NOT VALID;

-- migrate:down
UPDATE pack SET license_type = 'personal' WHERE license_type IN ('editorial', 'custom');
ALTER TABLE pack
    DROP CONSTRAINT pack_custom_license_bounded,
    DROP CONSTRAINT pack_license_known,
    ADD CONSTRAINT pack_license_known
        CHECK (license_type IN ('royalty_free', 'attribution', 'commercial', 'personal')) NOT VALID,
    DROP COLUMN custom_license;
