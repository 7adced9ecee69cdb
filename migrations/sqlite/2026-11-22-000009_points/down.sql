DROP TABLE customer_events;
DROP TABLE point_entries;
DROP TABLE point_accounts;
DROP TABLE points_programmes;
