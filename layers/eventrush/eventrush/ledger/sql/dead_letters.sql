-- Records that cannot be entries.

-- A record becomes a dead letter once, however often it is delivered.
-- name: insert
INSERT INTO dead_letter (topic, partition_no, offset_no, record_key, record_value, headers, event_id, user_id, seat_no,
                         reason, detail, record_time)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE topic = dead_letter.topic

-- Dead letters, the newest first; an absent event or state means all.
-- name: select_all
SELECT topic, partition_no, offset_no, record_key, record_value, headers, event_id, user_id, seat_no, reason, detail,
       record_time, dead_at, state, settled_at, note
FROM dead_letter
WHERE (%(event_id)s IS NULL OR event_id = %(event_id)s) AND (%(state)s IS NULL OR state = %(state)s)
ORDER BY dead_at DESC, topic, partition_no, offset_no DESC LIMIT %(limit)s

-- name: select
SELECT topic, partition_no, offset_no, record_key, record_value, headers, event_id, user_id, seat_no, reason, detail,
       record_time, dead_at, state, settled_at, note
FROM dead_letter WHERE topic = %(topic)s AND partition_no = %(partition)s AND offset_no = %(offset)s

-- Only from DEAD: a settled dead letter stays as it was settled.
-- name: settle
UPDATE dead_letter SET state = %(state)s, settled_at = UTC_TIMESTAMP(6), note = %(note)s
WHERE topic = %(topic)s AND partition_no = %(partition)s AND offset_no = %(offset)s AND state = 'DEAD'

-- Seats whose record is a dead letter that has not been redriven.
-- name: select_seats
SELECT DISTINCT seat_no, user_id FROM dead_letter
WHERE event_id = %(event_id)s AND state IN ('DEAD', 'DISCARDED') AND seat_no IS NOT NULL
