DROP INDEX messages_channel_idx;
