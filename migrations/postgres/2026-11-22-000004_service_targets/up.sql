-- What is promised to those who give feedback. Each change is the next version; the last one holds.
CREATE TABLE service_targets (
    version bigint NOT NULL,
    definition jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT service_targets_pkey PRIMARY KEY (version)
);
