-- What customers say about the shop, and how far it has come. As with orders, what nobody is known to have said is owned by itself (customer_id = id), so
-- no foreign key to customers stands here: `patron check` proves it. What reports count is apart from the long texts that people read.
CREATE TABLE feedback (
    customer_id uuid NOT NULL,
    id uuid NOT NULL,
    feedback_type text NOT NULL,
    channel text NOT NULL,
    priority text NOT NULL,
    tier text,
    order_id uuid,
    line_no integer,
    product_id uuid,
    rating integer,
    status text NOT NULL,
    clock text NOT NULL,
    assignee_id uuid,
    first_answer_due_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    breach_at timestamptz,
    first_answered_at timestamptz,
    waiting_since timestamptz,
    resolved_at timestamptz,
    closes_at timestamptz,
    closed_at timestamptz,
    paused_seconds bigint NOT NULL,
    first_answer_seconds bigint,
    resolution_seconds bigint,
    first_answer_breached boolean NOT NULL,
    resolution_breached boolean NOT NULL,
    reopened_count integer NOT NULL,
    outcome text,
    version bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT feedback_pkey PRIMARY KEY (customer_id, id),
    CONSTRAINT feedback_feedback_type_check CHECK (feedback_type IN ('complaint', 'suggestion', 'inquiry', 'return_request', 'review', 'praise')),
    CONSTRAINT feedback_channel_check CHECK (channel IN ('web', 'mobile', 'email', 'phone', 'fax', 'in_store', 'survey')),
    CONSTRAINT feedback_priority_check CHECK (priority IN ('low', 'normal', 'high', 'urgent')),
    CONSTRAINT feedback_rating_check CHECK ((rating IS NOT NULL) = (feedback_type = 'review') AND (rating IS NULL OR rating BETWEEN 1 AND 5)),
    CONSTRAINT feedback_status_check CHECK (status IN ('open', 'in_progress', 'resolved', 'closed', 'reopened')),
    CONSTRAINT feedback_clock_check CHECK (clock = CASE WHEN status IN ('resolved', 'closed') THEN 'stopped' WHEN waiting_since IS NULL THEN 'running' ELSE 'paused' END),
    CONSTRAINT feedback_outcome_check CHECK (outcome IN ('helped', 'not_helped', 'silence'))
);
CREATE INDEX feedback_id_idx ON feedback (id);
CREATE INDEX feedback_created_at_idx ON feedback (created_at, id);
CREATE INDEX feedback_updated_at_idx ON feedback (updated_at, id);
CREATE INDEX feedback_due_at_idx ON feedback (due_at, id);
CREATE INDEX feedback_status_idx ON feedback (status, created_at, id);
CREATE INDEX feedback_assignee_id_idx ON feedback (assignee_id, created_at, id);
CREATE INDEX feedback_unassigned_idx ON feedback (created_at, id) WHERE assignee_id IS NULL;
CREATE INDEX feedback_product_id_idx ON feedback (product_id, created_at, id) WHERE product_id IS NOT NULL;
CREATE INDEX feedback_order_id_idx ON feedback (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX feedback_overdue_idx ON feedback (due_at, id) WHERE clock = 'running';
CREATE INDEX feedback_breach_at_idx ON feedback (breach_at, id) WHERE breach_at IS NOT NULL;
CREATE INDEX feedback_closes_at_idx ON feedback (closes_at, id) WHERE closes_at IS NOT NULL;

CREATE TABLE feedback_texts (
    customer_id uuid NOT NULL,
    feedback_id uuid NOT NULL,
    subject text,
    body text,
    attachments jsonb NOT NULL,
    tags jsonb NOT NULL,
    external_refs jsonb NOT NULL,
    resolution text,
    outcome_comment text,
    CONSTRAINT feedback_texts_pkey PRIMARY KEY (customer_id, feedback_id),
    CONSTRAINT feedback_texts_feedback_fkey FOREIGN KEY (customer_id, feedback_id) REFERENCES feedback (customer_id, id) ON DELETE CASCADE
);

-- What `tag` finds feedback by.
CREATE TABLE feedback_tags (
    customer_id uuid NOT NULL,
    feedback_id uuid NOT NULL,
    tag text COLLATE "C" NOT NULL,
    CONSTRAINT feedback_tags_pkey PRIMARY KEY (customer_id, feedback_id, tag),
    CONSTRAINT feedback_tags_feedback_fkey FOREIGN KEY (customer_id, feedback_id) REFERENCES feedback (customer_id, id) ON DELETE CASCADE
);
CREATE INDEX feedback_tags_tag_idx ON feedback_tags (tag, feedback_id);

CREATE TABLE feedback_events (
    customer_id uuid NOT NULL,
    feedback_id uuid NOT NULL,
    seq integer NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    from_status text,
    to_status text NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    details jsonb NOT NULL,
    CONSTRAINT feedback_events_pkey PRIMARY KEY (customer_id, feedback_id, seq),
    CONSTRAINT feedback_events_feedback_fkey FOREIGN KEY (customer_id, feedback_id) REFERENCES feedback (customer_id, id) ON DELETE CASCADE
);

-- How satisfied a customer is, in the customer's own row, so that agents and segments read it without a join.
ALTER TABLE customers ADD COLUMN last_rating integer;
ALTER TABLE customers ADD COLUMN open_complaints integer NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN last_nps integer;
