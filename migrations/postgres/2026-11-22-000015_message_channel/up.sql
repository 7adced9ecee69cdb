-- The messages of one channel, newest first: of some there are few among very many.
CREATE INDEX messages_channel_idx ON messages (channel, id);
