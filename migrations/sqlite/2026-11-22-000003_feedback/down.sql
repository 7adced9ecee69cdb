ALTER TABLE customers DROP COLUMN last_nps;
ALTER TABLE customers DROP COLUMN open_complaints;
ALTER TABLE customers DROP COLUMN last_rating;
DROP TABLE feedback_events;
DROP TABLE feedback_tags;
DROP TABLE feedback_texts;
DROP TABLE feedback;
