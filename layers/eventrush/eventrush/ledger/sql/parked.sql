-- Queries of parked records.

-- A record that is delivered again is not stored again.
-- name: insert
INSERT INTO parked (topic, partition_no, offset_no, record_key, record_value, headers, record_time, event_id, user_id,
                    seat_no)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE topic = parked.topic

-- name: delete
DELETE FROM parked WHERE id IN %(ids)s

-- name: select_event_ids
SELECT event_id FROM parked GROUP BY event_id

-- name: select_chunk
SELECT topic, partition_no, offset_no, record_key, record_value, headers, record_time, id
FROM parked WHERE event_id = %(event_id)s AND id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: select_seats
SELECT seat_no, id FROM parked WHERE event_id = %(event_id)s AND id > %(after)s ORDER BY id LIMIT %(limit)s

-- name: select_by_user
SELECT user_id, seat_no FROM parked WHERE event_id = %(event_id)s AND user_id IN %(user_ids)s
