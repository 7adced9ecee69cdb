-- The audience as the launch froze it, with what became of each; of those who wait it is also the queue.
CREATE TABLE campaign_recipients (
    customer_id uuid NOT NULL,
    campaign_id uuid NOT NULL,
    id uuid NOT NULL,
    variant text,
    status text NOT NULL,
    left_out_reason text,
    send_at timestamptz,
    message_id uuid,
    queued_at timestamptz,
    sent_at timestamptz,
    coupon_id uuid,
    delivered_at timestamptz,
    bounced_at timestamptz,
    opened_at timestamptz,
    clicked_at timestamptz,
    replied_at timestamptz,
    complained_at timestamptz,
    unsubscribed_at timestamptz,
    CONSTRAINT campaign_recipients_pkey PRIMARY KEY (customer_id, campaign_id),
    CONSTRAINT campaign_recipients_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers (id) ON DELETE CASCADE,
    CONSTRAINT campaign_recipients_campaign_id_fkey FOREIGN KEY (campaign_id) REFERENCES campaigns (id),
    CONSTRAINT campaign_recipients_status_check CHECK (status IN ('left_out', 'held_out', 'waiting', 'queued', 'sent', 'failed', 'cancelled')),
    CONSTRAINT campaign_recipients_left_out_reason_check CHECK ((left_out_reason IS NOT NULL) = (status = 'left_out'))
) WITHOUT ROWID;
CREATE INDEX campaign_recipients_campaign_id_idx ON campaign_recipients (campaign_id, customer_id);
CREATE INDEX campaign_recipients_send_at_idx ON campaign_recipients (campaign_id, send_at) WHERE status = 'waiting';
CREATE INDEX campaign_recipients_queued_at_idx ON campaign_recipients (campaign_id, queued_at) WHERE queued_at IS NOT NULL;
CREATE INDEX campaign_recipients_id_idx ON campaign_recipients (id);

-- Messages of campaigns are written as HTML too, and know what they belong to.
ALTER TABLE messages ADD COLUMN html text;
ALTER TABLE messages ADD COLUMN campaign_id uuid;
ALTER TABLE messages ADD COLUMN unsubscribe_url text;
CREATE INDEX messages_campaign_id_idx ON messages (campaign_id, status) WHERE campaign_id IS NOT NULL;
