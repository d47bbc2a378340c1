-- Queries that record a batch.

-- name: select_epochs
SELECT event_id, epoch FROM event WHERE event_id IN %(event_ids)s

-- Capacity and epoch of events, locked against changes until the batch is committed.
-- name: select_rules
SELECT event_id, capacity, epoch FROM event WHERE event_id IN %(event_ids)s LOCK IN SHARE MODE

-- An existing row is not changed and not counted, nor is a row whose seat or user has another row.
-- name: insert_entries
INSERT INTO event_join (event_id, seat_no, user_id, request_time, attempt_id, epoch)
VALUES (%s, %s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE event_id = event_join.event_id

-- Which of these seats have a user who was forgotten, and when they were given.
-- name: select_forgotten
SELECT seat_no, request_time FROM event_join
WHERE event_id = %(event_id)s AND seat_no IN %(seat_nos)s AND user_id LIKE %(pattern)s

-- The owners of these seats, and the seats of these users.
-- name: select_owners
SELECT seat_no, user_id FROM event_join WHERE event_id = %(event_id)s AND seat_no IN %(seat_nos)s
UNION
SELECT seat_no, user_id FROM event_join WHERE event_id = %(event_id)s AND user_id IN %(user_ids)s
