-- Queries that replace a user's id.

-- name: select_row
SELECT seat_no, request_time, epoch, attempt_id FROM event_join
WHERE event_id = %(event_id)s AND user_id = %(user_id)s

-- Who has a seat under a random id.
-- name: select_forgotten
SELECT user_id FROM event_join
WHERE event_id = %(event_id)s AND seat_no = %(seat_no)s AND request_time = %(request_time)s
      AND user_id LIKE %(pattern)s

-- Which of these seats have a row.
-- name: select_recorded
SELECT seat_no FROM event_join WHERE event_id = %(event_id)s AND seat_no IN %(seat_nos)s

-- name: update_row
UPDATE event_join SET user_id = %(new_id)s, attempt_id = %(new_id)s
WHERE event_id = %(event_id)s AND user_id = %(user_id)s

-- Of the records that name no event, those in which the id may stand.
-- name: select_letters
SELECT topic, partition_no, offset_no, record_key, record_value, headers, record_time, user_id, seat_no, note
FROM dead_letter
WHERE event_id = %(event_id)s AND user_id = %(user_id)s
      OR event_id IS NULL AND (record_key = %(raw)s OR LOCATE(%(raw)s, record_value) > 0)

-- name: update_letter
UPDATE dead_letter
SET record_key = %(key)s, record_value = %(value)s, headers = %(headers)s, user_id = %(user_id)s, note = %(note)s
WHERE topic = %(topic)s AND partition_no = %(partition)s AND offset_no = %(offset)s

-- name: select_parked
SELECT topic, partition_no, offset_no, record_key, record_value, headers, record_time
FROM parked WHERE event_id = %(event_id)s AND user_id = %(user_id)s

-- name: update_parked
UPDATE parked SET record_key = %(key)s, record_value = %(value)s, headers = %(headers)s, user_id = %(user_id)s
WHERE topic = %(topic)s AND partition_no = %(partition)s AND offset_no = %(offset)s
