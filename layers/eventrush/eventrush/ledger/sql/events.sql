-- Queries of events.

-- name: insert
INSERT INTO event (event_id, name, capacity, opens_at, closes_at, state, epoch, created_at)
VALUES (%(event_id)s, %(name)s, %(capacity)s, %(opens_at)s, %(closes_at)s, %(state)s, %(epoch)s, UTC_TIMESTAMP(6))
ON DUPLICATE KEY UPDATE event_id = event.event_id

-- name: update
UPDATE event
SET name = %(name)s, capacity = %(capacity)s, opens_at = %(opens_at)s, closes_at = %(closes_at)s, state = %(state)s,
    closed_at = CASE WHEN %(state)s = 'CLOSED' THEN COALESCE(closed_at, UTC_TIMESTAMP(6)) END
WHERE event_id = %(event_id)s

-- name: select
SELECT event_id, name, capacity, opens_at, closes_at, state, epoch FROM event WHERE event_id = %(event_id)s

-- name: select_all
SELECT event_id, name, capacity, opens_at, closes_at, state, epoch FROM event ORDER BY created_at, event_id

-- name: select_some
SELECT event_id, name, capacity, opens_at, closes_at, state, epoch FROM event WHERE event_id IN %(event_ids)s

-- name: ping
SELECT 1

-- When each event ends: its closing time, or when an operator closed it.
-- name: select_end_times
SELECT event_id, CASE WHEN state = 'CLOSED' THEN COALESCE(closed_at, created_at) ELSE closes_at END
FROM event WHERE %(event_id)s IS NULL OR event_id = %(event_id)s

-- name: raise_epoch
UPDATE event SET epoch = GREATEST(epoch, %(above)s) + 1 WHERE event_id = %(event_id)s

-- An event's totals, counted from its rows.
-- name: select_totals
SELECT COUNT(*) AS entries, COUNT(DISTINCT user_id) AS users, COUNT(DISTINCT seat_no) AS seats,
       COALESCE(MIN(seat_no), 0) AS min_seat, COALESCE(MAX(seat_no), 0) AS max_seat,
       (SELECT COUNT(*) FROM dead_letter WHERE event_id = %(event_id)s AND state = 'DEAD') AS dead
FROM event_join WHERE event_id = %(event_id)s
