-- How points are earned. Each change is the next version; the last one holds.
CREATE TABLE points_programmes (
    version bigint NOT NULL,
    definition jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT points_programmes_pkey PRIMARY KEY (version)
);

-- How many points a customer has: the sum of the entries, kept beside them so that segments read one column. Whoever adds an entry holds this row.
CREATE TABLE point_accounts (
    customer_id uuid NOT NULL,
    balance bigint NOT NULL,
    pending bigint NOT NULL,
    lifetime_earned bigint NOT NULL,
    version bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT point_accounts_pkey PRIMARY KEY (customer_id),
    CONSTRAINT point_accounts_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);

-- The ledger. What an entry says never changes; only its status, and what remains of what it added.
CREATE TABLE point_entries (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    points bigint NOT NULL,
    remaining bigint NOT NULL,
    source text NOT NULL,
    order_id uuid,
    about_id uuid,
    business_id text,
    reason text,
    terms jsonb,
    expires_after_days bigint,
    expires_at timestamptz,
    noticed_at timestamptz,
    balance_after bigint,
    actor_kind text NOT NULL,
    actor_id uuid,
    created_at timestamptz NOT NULL,
    posted_at timestamptz,
    CONSTRAINT point_entries_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT point_entries_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES point_accounts (customer_id) ON DELETE CASCADE,
    CONSTRAINT point_entries_kind_check CHECK (kind IN ('earn', 'spend', 'expire', 'adjust', 'reverse')),
    CONSTRAINT point_entries_status_check CHECK (status IN ('pending', 'posted', 'cancelled')),
    CONSTRAINT point_entries_points_check CHECK (CASE kind WHEN 'earn' THEN points > 0 WHEN 'adjust' THEN points <> 0 ELSE points < 0 END),
    CONSTRAINT point_entries_remaining_check CHECK (remaining = 0 OR (status = 'posted' AND remaining > 0 AND remaining <= points)),
    CONSTRAINT point_entries_source_check CHECK (source IN ('order', 'review', 'survey', 'referrer', 'friend', 'shop')),
    CONSTRAINT point_entries_posted_at_check CHECK ((posted_at IS NOT NULL) = (status = 'posted') AND (balance_after IS NOT NULL) = (status = 'posted')),
    CONSTRAINT point_entries_balance_after_check CHECK (kind <> 'spend' OR balance_after >= 0)
);
CREATE INDEX point_entries_id_idx ON point_entries (id);
CREATE INDEX point_entries_order_id_idx ON point_entries (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX point_entries_remaining_idx ON point_entries (customer_id, expires_at) WHERE remaining > 0;
CREATE INDEX point_entries_expires_at_idx ON point_entries (expires_at) WHERE remaining > 0;
CREATE INDEX point_entries_noticed_at_idx ON point_entries (expires_at) WHERE remaining > 0 AND noticed_at IS NULL;

-- What a customer should be told of, or what others act upon: points that are about to expire, for one.
CREATE TABLE customer_events (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    details jsonb NOT NULL,
    CONSTRAINT customer_events_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT customer_events_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);
CREATE INDEX customer_events_id_idx ON customer_events (id);
