-- The shop's own facts: one row each, such as the base currency, which never changes once money is stored in it.
CREATE TABLE settings (
    key text NOT NULL,
    value text NOT NULL,
    CONSTRAINT settings_pkey PRIMARY KEY (key)
);

-- Who may come in ------------------------------------------------------------------------------------------------

CREATE TABLE staff (
    id uuid NOT NULL,
    email text NOT NULL,
    name text,
    role text NOT NULL,
    status text NOT NULL,
    password_hash text NOT NULL,
    failed_logins integer NOT NULL,
    locked_until timestamptz,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT staff_pkey PRIMARY KEY (id),
    CONSTRAINT staff_role_check CHECK (role IN ('admin', 'manager', 'marketer', 'agent')),
    CONSTRAINT staff_status_check CHECK (status IN ('active', 'disabled'))
);
CREATE UNIQUE INDEX staff_email_key ON staff (email);

CREATE TABLE clients (
    id uuid NOT NULL,
    name text NOT NULL,
    scopes jsonb NOT NULL,
    status text NOT NULL,
    secret_hash text NOT NULL,
    failed_logins integer NOT NULL,
    locked_until timestamptz,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT clients_pkey PRIMARY KEY (id),
    CONSTRAINT clients_status_check CHECK (status IN ('active', 'disabled'))
);

CREATE TABLE refresh_tokens (
    token_hash text NOT NULL,
    family_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    revoked_at timestamptz,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT refresh_tokens_staff_id_fkey FOREIGN KEY (staff_id) REFERENCES staff (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX refresh_tokens_family_id_idx ON refresh_tokens (family_id);
CREATE INDEX refresh_tokens_staff_id_idx ON refresh_tokens (staff_id);
CREATE INDEX refresh_tokens_expires_at_idx ON refresh_tokens (expires_at);

CREATE TABLE signing_keys (
    id text NOT NULL,
    private_key text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT signing_keys_pkey PRIMARY KEY (id)
);

-- Queues and logs: local tables with keys of their own, no foreign key into owned tables -------------------------------

CREATE TABLE idempotency_keys (
    caller text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer NOT NULL,
    location text,
    etag text,
    body blob NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (caller, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);

CREATE TABLE audit_log (
    id uuid NOT NULL,
    at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    operation text NOT NULL,
    path text NOT NULL,
    resource text,
    status integer NOT NULL,
    fields jsonb NOT NULL,
    request_id text NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id)
);
CREATE INDEX audit_log_actor_id_idx ON audit_log (actor_id, id);

CREATE TABLE jobs (
    id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    payload jsonb NOT NULL,
    done bigint NOT NULL,
    total bigint,
    attempts integer NOT NULL,
    run_at timestamptz NOT NULL,
    locked_until timestamptz,
    error text,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    CONSTRAINT jobs_pkey PRIMARY KEY (id),
    CONSTRAINT jobs_status_check CHECK (status IN ('queued', 'running', 'completed', 'failed'))
);
CREATE INDEX jobs_status_run_at_idx ON jobs (status, run_at);

CREATE TABLE imports (
    id uuid NOT NULL,
    kind text NOT NULL,
    options jsonb NOT NULL,
    byte_count bigint NOT NULL,
    summary jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT imports_pkey PRIMARY KEY (id)
);

-- The uploaded file itself, in order, until the job has read it: so any instance can take the job over.
CREATE TABLE import_chunks (
    import_id uuid NOT NULL,
    seq bigint NOT NULL,
    data blob NOT NULL,
    CONSTRAINT import_chunks_pkey PRIMARY KEY (import_id, seq),
    CONSTRAINT import_chunks_import_id_fkey FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE
);

CREATE TABLE import_rejects (
    import_id uuid NOT NULL,
    line bigint NOT NULL,
    column_name text,
    code text NOT NULL,
    value text NOT NULL,
    message text NOT NULL,
    CONSTRAINT import_rejects_pkey PRIMARY KEY (import_id, line),
    CONSTRAINT import_rejects_import_id_fkey FOREIGN KEY (import_id) REFERENCES imports (id) ON DELETE CASCADE
) WITHOUT ROWID;

-- Uniqueness across customers lives here and nowhere else ------------------------------------------------------------

CREATE TABLE identifiers (
    kind text NOT NULL,
    value text NOT NULL,
    resource_id uuid NOT NULL,
    customer_id uuid,
    CONSTRAINT identifiers_pkey PRIMARY KEY (kind, value)
) WITHOUT ROWID;
-- What customers themselves are called. What an order or a product is called stands in its own row.
CREATE INDEX identifiers_customer_idx ON identifiers (resource_id) WHERE customer_id = resource_id;

-- Catalogue: shared tables -------------------------------------------------------------------------------------------

CREATE TABLE categories (
    id uuid NOT NULL,
    name text NOT NULL,
    parent_id uuid,
    value_class text,
    effective_value_class text NOT NULL,
    external_refs jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT categories_pkey PRIMARY KEY (id),
    CONSTRAINT categories_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES categories (id),
    CONSTRAINT categories_value_class_check CHECK (value_class IN ('high', 'everyday')),
    CONSTRAINT categories_effective_value_class_check CHECK (effective_value_class IN ('high', 'everyday'))
);
CREATE INDEX categories_parent_id_idx ON categories (parent_id, name);
CREATE INDEX categories_updated_at_idx ON categories (updated_at, id);

CREATE TABLE products (
    id uuid NOT NULL,
    sku text NOT NULL,
    title text NOT NULL,
    category_id uuid,
    price bigint,
    currency text NOT NULL,
    default_user text,
    isbn text,
    barcode text,
    attributes jsonb NOT NULL,
    status text NOT NULL,
    external_refs jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT products_pkey PRIMARY KEY (id),
    CONSTRAINT products_category_id_fkey FOREIGN KEY (category_id) REFERENCES categories (id),
    CONSTRAINT products_price_check CHECK (price >= 0),
    CONSTRAINT products_status_check CHECK (status IN ('active', 'discontinued'))
);
CREATE UNIQUE INDEX products_sku_key ON products (sku);
CREATE INDEX products_category_id_idx ON products (category_id, id);
CREATE INDEX products_barcode_idx ON products (barcode);
CREATE INDEX products_isbn_idx ON products (isbn);
CREATE INDEX products_updated_at_idx ON products (updated_at, id);

-- Customers and what belongs to one: the customer leads every primary key ----------------------------------------------

CREATE TABLE customers (
    id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    nickname text,
    email text,
    phone text,
    gender text,
    birth_date date,
    locale text,
    lifecycle text NOT NULL,
    stopped_reason text,
    acquisition_channel text,
    tags jsonb NOT NULL,
    interests jsonb NOT NULL,
    attributes jsonb NOT NULL,
    organisation jsonb,
    profiling_opt_out boolean NOT NULL,
    external_refs jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT customers_pkey PRIMARY KEY (id),
    CONSTRAINT customers_kind_check CHECK (kind IN ('individual', 'organisation')),
    CONSTRAINT customers_lifecycle_check CHECK (lifecycle IN ('potential', 'active', 'former')),
    CONSTRAINT customers_stopped_reason_check CHECK (lifecycle <> 'former' OR stopped_reason IS NOT NULL)
) WITHOUT ROWID;
CREATE INDEX customers_updated_at_idx ON customers (updated_at, id);

-- What `q` and `tag` find a customer by: words, suffixes of Chinese names, e-mail, phone, cards, and tags after a '#'.
CREATE TABLE customer_terms (
    customer_id uuid NOT NULL,
    term text NOT NULL,
    CONSTRAINT customer_terms_pkey PRIMARY KEY (customer_id, term),
    CONSTRAINT customer_terms_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX customer_terms_term_idx ON customer_terms (term, customer_id);

CREATE TABLE cards (
    customer_id uuid NOT NULL,
    number text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz,
    replaced_by text,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT cards_pkey PRIMARY KEY (customer_id, number),
    CONSTRAINT cards_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT cards_kind_check CHECK (kind IN ('regular', 'student', 'senior', 'vip')),
    CONSTRAINT cards_status_check CHECK (status IN ('active', 'lost', 'replaced', 'expired'))
) WITHOUT ROWID;
CREATE UNIQUE INDEX cards_active_key ON cards (customer_id) WHERE status = 'active';

CREATE TABLE relations (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    birth_date date,
    school_grade text,
    related_customer_id uuid,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT relations_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT relations_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT relations_kind_check CHECK (kind IN ('child', 'student', 'senior', 'family', 'friend', 'colleague'))
) WITHOUT ROWID;

CREATE TABLE addresses (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    label text,
    recipient text,
    phone text,
    line1 text NOT NULL,
    line2 text,
    city text NOT NULL,
    region text,
    postal_code text,
    country text NOT NULL,
    is_default boolean NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT addresses_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT addresses_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE UNIQUE INDEX addresses_default_key ON addresses (customer_id) WHERE is_default;

-- An anonymous till sale is owned by itself (customer_id = id), so no foreign key to customers stands here: `patron check` proves it.
CREATE TABLE orders (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    number text NOT NULL,
    order_type text NOT NULL,
    channel text NOT NULL,
    store text,
    status text NOT NULL,
    currency text NOT NULL,
    placed_at timestamptz NOT NULL,
    shipping_fee bigint NOT NULL,
    subtotal bigint NOT NULL,
    total bigint NOT NULL,
    refunded_total bigint NOT NULL,
    campaign_id uuid,
    coupon_code text,
    external_refs jsonb NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT orders_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT orders_order_type_check CHECK (order_type IN ('sale', 'return')),
    CONSTRAINT orders_channel_check CHECK (channel IN ('store', 'web', 'mobile', 'phone', 'fax', 'mail')),
    CONSTRAINT orders_status_check CHECK (status IN ('placed', 'paid', 'fulfilled', 'completed', 'cancelled', 'refunded')),
    CONSTRAINT orders_amounts_check CHECK (shipping_fee >= 0 AND subtotal >= 0 AND total = subtotal + shipping_fee AND refunded_total BETWEEN 0 AND subtotal)
) WITHOUT ROWID;
CREATE INDEX orders_id_idx ON orders (id);
CREATE INDEX orders_placed_at_idx ON orders (placed_at, id);
CREATE INDEX orders_updated_at_idx ON orders (updated_at, id);

CREATE TABLE order_lines (
    customer_id uuid NOT NULL,
    order_id uuid NOT NULL,
    line_no integer NOT NULL,
    product_id uuid NOT NULL,
    sku text NOT NULL,
    title text NOT NULL,
    quantity bigint NOT NULL,
    unit_price bigint NOT NULL,
    discount bigint NOT NULL,
    refunded bigint NOT NULL,
    used_by text,
    beneficiary_id uuid,
    need text,
    CONSTRAINT order_lines_pkey PRIMARY KEY (customer_id, order_id, line_no),
    CONSTRAINT order_lines_order_fkey FOREIGN KEY (customer_id, order_id) REFERENCES orders (customer_id, id) ON DELETE CASCADE,
    CONSTRAINT order_lines_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT order_lines_amounts_check CHECK (quantity > 0 AND unit_price >= 0 AND discount BETWEEN 0 AND quantity * unit_price AND refunded BETWEEN 0 AND quantity * unit_price - discount)
) WITHOUT ROWID;

CREATE TABLE order_events (
    customer_id uuid NOT NULL,
    order_id uuid NOT NULL,
    seq integer NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    from_status text,
    to_status text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    details jsonb NOT NULL,
    CONSTRAINT order_events_pkey PRIMARY KEY (customer_id, order_id, seq),
    CONSTRAINT order_events_order_fkey FOREIGN KEY (customer_id, order_id) REFERENCES orders (customer_id, id) ON DELETE CASCADE
) WITHOUT ROWID;

-- Value --------------------------------------------------------------------------------------------------------------

CREATE TABLE value_models (
    id uuid NOT NULL,
    name text NOT NULL,
    version bigint NOT NULL,
    definition jsonb NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    activated_at timestamptz,
    CONSTRAINT value_models_pkey PRIMARY KEY (id)
);
CREATE UNIQUE INDEX value_models_name_version_key ON value_models (name, version);
CREATE UNIQUE INDEX value_models_active_key ON value_models (is_active) WHERE is_active;

-- A run has the id of its job, which knows its status and progress; `cuts` and `distribution` (how many customers have each
-- score, 10,001 little-endian 32-bit counts) are set when it completes.
CREATE TABLE scoring_runs (
    id uuid NOT NULL,
    model_id uuid NOT NULL,
    as_of timestamptz NOT NULL,
    window_days integer NOT NULL,
    population bigint,
    cuts jsonb,
    distribution blob,
    tier_counts jsonb,
    created_at timestamptz NOT NULL,
    completed_at timestamptz,
    CONSTRAINT scoring_runs_pkey PRIMARY KEY (id),
    CONSTRAINT scoring_runs_model_id_fkey FOREIGN KEY (model_id) REFERENCES value_models (id)
);
CREATE INDEX scoring_runs_model_id_idx ON scoring_runs (model_id, as_of, completed_at, id);

CREATE TABLE scores (
    customer_id uuid NOT NULL,
    run_id uuid NOT NULL,
    last_purchase_at timestamptz NOT NULL,
    recency_days bigint NOT NULL,
    frequency bigint NOT NULL,
    monetary bigint NOT NULL,
    recency_band integer NOT NULL,
    frequency_band integer NOT NULL,
    monetary_band integer NOT NULL,
    product_type integer NOT NULL,
    product_user integer NOT NULL,
    score integer NOT NULL,
    tier text NOT NULL,
    rank bigint NOT NULL,
    CONSTRAINT scores_pkey PRIMARY KEY (customer_id, run_id)
) WITHOUT ROWID;
CREATE INDEX scores_run_id_idx ON scores (run_id, score, customer_id);
