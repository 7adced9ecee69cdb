-- The outbox: what is to leave the house by mail, stored in the transaction that causes it. A queue, so a local table with a key of its own.
CREATE TABLE messages (
    id uuid NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    customer_id uuid,
    about_id uuid,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    attempts integer NOT NULL,
    send_at timestamptz NOT NULL,
    claim_id uuid,
    locked_until timestamptz,
    error text,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    sent_at timestamptz,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_status_check CHECK (status IN ('queued', 'sending', 'sent', 'failed'))
);
-- The worker's. Of what is being sent there are a few rows a worker, which need no index of their own.
CREATE INDEX messages_status_send_at_idx ON messages (status, send_at);
-- The lists'.
CREATE INDEX messages_status_idx ON messages (status, id);
CREATE INDEX messages_kind_idx ON messages (kind, id);
CREATE INDEX messages_customer_id_idx ON messages (customer_id, id);
