-- What coupons give, their limits, and what has come of them. The counters change with every use, under the lock of this row: it is what keeps limits.
CREATE TABLE coupon_batches (
    id uuid NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    percent integer,
    amount bigint,
    product_id uuid,
    currency text NOT NULL,
    minimum_order bigint NOT NULL,
    category_ids jsonb NOT NULL,
    valid_from timestamptz,
    valid_until timestamptz,
    code text,
    uses_per_coupon bigint,
    total_limit bigint,
    per_customer_limit bigint,
    reservation_minutes integer NOT NULL,
    status text NOT NULL,
    issued bigint NOT NULL,
    reserved bigint NOT NULL,
    redeemed bigint NOT NULL,
    discount_total bigint NOT NULL,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT coupon_batches_pkey PRIMARY KEY (id),
    CONSTRAINT coupon_batches_product_id_fkey FOREIGN KEY (product_id) REFERENCES products (id),
    CONSTRAINT coupon_batches_kind_check CHECK (kind IN ('percent', 'amount', 'gift')),
    CONSTRAINT coupon_batches_status_check CHECK (status IN ('active', 'ended')),
    CONSTRAINT coupon_batches_counters_check CHECK (issued >= 0 AND reserved >= 0 AND redeemed >= 0 AND discount_total >= 0)
);
CREATE INDEX coupon_batches_product_id_idx ON coupon_batches (product_id);

-- As with orders, a coupon that nobody holds is owned by itself (customer_id = id). Its code is claimed in identifiers.
CREATE TABLE coupons (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    batch_id uuid NOT NULL,
    code text NOT NULL,
    uses bigint,
    reserved bigint NOT NULL,
    redeemed bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT coupons_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT coupons_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES coupon_batches (id),
    CONSTRAINT coupons_uses_check CHECK (reserved >= 0 AND redeemed >= 0 AND (uses IS NULL OR reserved + redeemed <= uses))
);
CREATE INDEX coupons_id_idx ON coupons (id);
CREATE INDEX coupons_batch_id_idx ON coupons (batch_id, id);

-- One use of a coupon each: owned by who uses it, else by the order, else by itself. A shared code is used by many, so it is not the coupon's owner who has it.
CREATE TABLE coupon_redemptions (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    coupon_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    order_id uuid,
    status text NOT NULL,
    discount bigint NOT NULL,
    shares jsonb NOT NULL,
    is_applied boolean NOT NULL,
    expires_at timestamptz,
    redeemed_at timestamptz,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT coupon_redemptions_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT coupon_redemptions_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES coupon_batches (id),
    CONSTRAINT coupon_redemptions_status_check CHECK (status IN ('reserved', 'redeemed', 'released', 'expired')),
    CONSTRAINT coupon_redemptions_discount_check CHECK (discount >= 0)
);
CREATE INDEX coupon_redemptions_id_idx ON coupon_redemptions (id);
CREATE INDEX coupon_redemptions_batch_id_idx ON coupon_redemptions (batch_id, id);
CREATE INDEX coupon_redemptions_coupon_id_idx ON coupon_redemptions (coupon_id, id);
CREATE INDEX coupon_redemptions_expires_at_idx ON coupon_redemptions (batch_id, expires_at) WHERE status = 'reserved';
