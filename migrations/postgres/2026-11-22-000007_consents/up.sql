-- Who may be written to, by which way and for what.

ALTER TABLE customers ADD COLUMN time_zone text;

-- What holds of each way and purpose. What was never said has no row.
CREATE TABLE consents (
    customer_id uuid NOT NULL,
    channel text NOT NULL,
    purpose text NOT NULL,
    status text NOT NULL,
    source text NOT NULL,
    evidence text,
    at timestamptz NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT consents_pkey PRIMARY KEY (customer_id, channel, purpose),
    CONSTRAINT consents_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT consents_channel_check CHECK (channel IN ('email', 'sms', 'phone', 'fax', 'mail', 'in_store')),
    CONSTRAINT consents_purpose_check CHECK (purpose IN ('marketing', 'survey', 'service')),
    CONSTRAINT consents_status_check CHECK (status IN ('granted', 'withdrawn'))
);

-- Everything that was ever said, in the order in which it was heard; what holds is decided by when it was said.
CREATE TABLE consent_events (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    channel text NOT NULL,
    purpose text NOT NULL,
    status text NOT NULL,
    source text NOT NULL,
    evidence text,
    at timestamptz NOT NULL,
    is_effective boolean NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    created_at timestamptz NOT NULL,
    CONSTRAINT consent_events_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT consent_events_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT consent_events_channel_check CHECK (channel IN ('email', 'sms', 'phone', 'fax', 'mail', 'in_store')),
    CONSTRAINT consent_events_purpose_check CHECK (purpose IN ('marketing', 'survey', 'service')),
    CONSTRAINT consent_events_status_check CHECK (status IN ('granted', 'withdrawn'))
);

-- How often and when customers are written to. Each change is the next version; the last one holds.
CREATE TABLE contact_policies (
    version bigint NOT NULL,
    definition jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT contact_policies_pkey PRIMARY KEY (version)
);

-- Addresses that nothing is sent to, whoever has them.
CREATE TABLE suppressions (
    id uuid NOT NULL,
    channel text NOT NULL,
    address text COLLATE "C" NOT NULL,
    reason text NOT NULL,
    note text,
    created_at timestamptz NOT NULL,
    CONSTRAINT suppressions_pkey PRIMARY KEY (id),
    CONSTRAINT suppressions_channel_check CHECK (channel IN ('email', 'sms', 'phone', 'fax')),
    CONSTRAINT suppressions_reason_check CHECK (reason IN ('hard_bounce', 'complaint', 'manual'))
);
CREATE UNIQUE INDEX suppressions_channel_address_key ON suppressions (channel, address);
