DROP TABLE IF EXISTS message_signatures;
