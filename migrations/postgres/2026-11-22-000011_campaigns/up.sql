-- Letters to the members of segments.
CREATE TABLE campaigns (
    id uuid NOT NULL,
    name text NOT NULL,
    purpose text NOT NULL,
    channel text NOT NULL,
    status text NOT NULL,
    definition jsonb NOT NULL,
    coupon_batch_id uuid,
    starts_at timestamptz,
    launched_at timestamptz,
    ended_at timestamptz,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT campaigns_pkey PRIMARY KEY (id),
    CONSTRAINT campaigns_coupon_batch_id_fkey FOREIGN KEY (coupon_batch_id) REFERENCES coupon_batches (id),
    CONSTRAINT campaigns_purpose_check CHECK (purpose IN ('marketing', 'survey', 'service')),
    CONSTRAINT campaigns_channel_check CHECK (channel IN ('email', 'sms', 'phone', 'fax', 'mail', 'in_store')),
    CONSTRAINT campaigns_status_check CHECK (status IN ('draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled'))
);
CREATE INDEX campaigns_status_idx ON campaigns (status, id);
CREATE INDEX campaigns_coupon_batch_id_idx ON campaigns (coupon_batch_id);
