DROP TABLE message_signatures;
