-- The code that a customer shares; it is claimed in identifiers.
CREATE TABLE referral_codes (
    customer_id uuid NOT NULL,
    code text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT referral_codes_pkey PRIMARY KEY (customer_id),
    CONSTRAINT referral_codes_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE
);

-- Who was brought (customer_id), and by whom. Each customer is brought once.
CREATE TABLE referrals (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    referrer_id uuid NOT NULL,
    status text NOT NULL,
    order_id uuid,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT referrals_pkey PRIMARY KEY (customer_id),
    CONSTRAINT referrals_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT referrals_status_check CHECK (status IN ('pending', 'earned')),
    CONSTRAINT referrals_order_id_check CHECK ((status = 'earned') = (order_id IS NOT NULL)),
    CONSTRAINT referrals_referrer_id_check CHECK (referrer_id <> customer_id)
);
CREATE INDEX referrals_referrer_id_idx ON referrals (referrer_id, id);
