DROP TABLE suppressions;
DROP TABLE contact_policies;
DROP TABLE consent_events;
DROP TABLE consents;
ALTER TABLE customers DROP COLUMN time_zone;
