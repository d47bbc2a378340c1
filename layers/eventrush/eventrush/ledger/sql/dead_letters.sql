-- Queries of dead letters.

-- A record that is delivered again is not stored again.
-- name: insert
INSERT INTO dead_letter (topic, partition_no, offset_no, record_key, record_value, headers, record_time, event_id,
                         user_id, seat_no, reason, detail)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE topic = dead_letter.topic

-- Dead letters, the newest first; a NULL event or state means all.
-- name: select_all
SELECT topic, partition_no, offset_no, record_key, record_value, headers, record_time, event_id, user_id, seat_no, reason,
       detail, dead_at, state, settled_at, note
FROM dead_letter
WHERE (%(event_id)s IS NULL OR event_id = %(event_id)s) AND (%(state)s IS NULL OR state = %(state)s)
ORDER BY dead_at DESC, topic, partition_no, offset_no DESC LIMIT %(limit)s

-- name: select
SELECT topic, partition_no, offset_no, record_key, record_value, headers, record_time, event_id, user_id, seat_no, reason,
       detail, dead_at, state, settled_at, note
FROM dead_letter WHERE topic = %(topic)s AND partition_no = %(partition)s AND offset_no = %(offset)s

-- A settled dead letter cannot be settled again.
-- name: settle
UPDATE dead_letter SET state = %(state)s, settled_at = UTC_TIMESTAMP(6), note = %(note)s
WHERE topic = %(topic)s AND partition_no = %(partition)s AND offset_no = %(offset)s AND state = 'DEAD'

-- The first seat at or above one that has a dead letter which was not redriven.
-- name: select_first_seat
SELECT seat_no FROM dead_letter
WHERE event_id = %(event_id)s AND state IN ('DEAD', 'DISCARDED') AND seat_no >= %(at_least)s
ORDER BY seat_no LIMIT 1

-- name: select_of_seats
SELECT DISTINCT seat_no, user_id FROM dead_letter
WHERE event_id = %(event_id)s AND state IN ('DEAD', 'DISCARDED') AND seat_no IN %(seat_nos)s
