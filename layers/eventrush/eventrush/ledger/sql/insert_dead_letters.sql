-- A record dies once, wherever it is delivered again.
INSERT INTO dead_letter (topic, partition_no, offset_no, record_key, record_value, headers, event_id, user_id, seat_no,
                         reason, detail, record_time)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE topic = dead_letter.topic
