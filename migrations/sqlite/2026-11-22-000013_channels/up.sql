-- Messages go by the mail server or by the shop's gateway. Each has a worker of its own, and the worker an index, so that what waits for one is nothing to
-- the other.
ALTER TABLE messages ADD COLUMN channel text NOT NULL DEFAULT 'email' CONSTRAINT messages_channel_check CHECK (channel IN ('email', 'sms', 'fax', 'mail'));
DROP INDEX messages_status_send_at_idx;
CREATE INDEX messages_mail_server_idx ON messages (status, send_at) WHERE channel = 'email';
CREATE INDEX messages_gateway_idx ON messages (status, send_at) WHERE channel <> 'email';

-- What became of those who are talked to: said by whoever did. The index is also the work list's, page by page.
ALTER TABLE campaign_recipients ADD COLUMN outcome text CONSTRAINT campaign_recipients_outcome_check CHECK (outcome IN ('accepted', 'declined', 'not_reached', 'wrong_number', 'do_not_contact'));
ALTER TABLE campaign_recipients ADD COLUMN outcome_note text;
ALTER TABLE campaign_recipients ADD COLUMN outcome_at timestamptz;
ALTER TABLE campaign_recipients ADD COLUMN outcome_by_kind text;
ALTER TABLE campaign_recipients ADD COLUMN outcome_by_id uuid;
DROP INDEX campaign_recipients_send_at_idx;
CREATE INDEX campaign_recipients_send_at_idx ON campaign_recipients (campaign_id, send_at, customer_id) WHERE status = 'waiting';
