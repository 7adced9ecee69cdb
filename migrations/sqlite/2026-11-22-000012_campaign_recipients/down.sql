DROP INDEX messages_campaign_id_idx;
ALTER TABLE messages DROP COLUMN unsubscribe_url;
ALTER TABLE messages DROP COLUMN campaign_id;
ALTER TABLE messages DROP COLUMN html;
DROP TABLE campaign_recipients;
