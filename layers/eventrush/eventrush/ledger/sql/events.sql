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

-- The records that wait for a gate or for an operator.
-- name: count_backlog
SELECT (SELECT COUNT(*) FROM parked), (SELECT COUNT(*) FROM dead_letter WHERE state = 'DEAD')

-- name: ping
SELECT 1

-- name: select_ids
SELECT event_id FROM event

-- When each event ends: its closing time, or when an operator closed it.
-- name: select_end_times
SELECT event_id, CASE WHEN state = 'CLOSED' THEN COALESCE(closed_at, created_at) ELSE closes_at END
FROM event WHERE %(event_id)s IS NULL OR event_id = %(event_id)s

-- name: raise_epoch
UPDATE event SET epoch = GREATEST(epoch, %(above)s) + 1 WHERE event_id = %(event_id)s

-- Totals of an event, counted from its rows in chunks, so that no statement takes longer for a larger event.

-- For the next transaction, so that all of its chunks show the same rows.
-- name: set_snapshot
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ

-- name: select_next_seat
SELECT MIN(seat_no) FROM event_join WHERE event_id = %(event_id)s AND seat_no > %(after)s

-- name: count_seats
SELECT COUNT(*), COUNT(DISTINCT seat_no), MAX(seat_no)
FROM event_join WHERE event_id = %(event_id)s AND seat_no BETWEEN %(first)s AND %(last)s

-- name: count_users
SELECT COUNT(*), MAX(user_id)
FROM (SELECT DISTINCT user_id FROM event_join WHERE event_id = %(event_id)s AND user_id > %(after)s
      ORDER BY user_id LIMIT %(limit)s) AS chunk

-- name: count_dead
SELECT COUNT(*) FROM dead_letter WHERE event_id = %(event_id)s AND state = 'DEAD'
