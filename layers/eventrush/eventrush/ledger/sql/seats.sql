-- Queries of seats: rows, the watermark below which every seat is settled, and the open seats below it.

-- name: select_watermark
SELECT settled_seat FROM event WHERE event_id = %(event_id)s

-- The watermarks of many events, and whether each seat below has a row and no dead letter is left.
-- name: select_settled
SELECT e.event_id, e.settled_seat,
       NOT EXISTS (SELECT 1 FROM open_seat o WHERE o.event_id = e.event_id)
       AND NOT EXISTS (SELECT 1 FROM dead_letter d
                       WHERE d.event_id = e.event_id AND d.state IN ('DEAD', 'DISCARDED') AND d.seat_no IS NOT NULL)
FROM event e WHERE e.event_id IN %(event_ids)s

-- The open seats of an event, and whether each has a row now.
-- name: select_open_seats
SELECT o.seat_no, j.seat_no IS NOT NULL
FROM open_seat o LEFT JOIN event_join j ON j.event_id = o.event_id AND j.seat_no = o.seat_no
WHERE o.event_id = %(event_id)s

-- Only from the value that was read, so that concurrent passes do not move it twice.
-- name: move_watermark
UPDATE event SET settled_seat = %(new)s WHERE event_id = %(event_id)s AND settled_seat = %(old)s

-- name: insert_open_seats
INSERT INTO open_seat (event_id, seat_no) VALUES (%s, %s) ON DUPLICATE KEY UPDATE event_id = open_seat.event_id

-- name: delete_open_seats
DELETE FROM open_seat WHERE event_id = %(event_id)s AND seat_no IN %(seat_nos)s

-- name: select_recorded
SELECT seat_no FROM event_join WHERE event_id = %(event_id)s AND seat_no > %(after)s ORDER BY seat_no LIMIT %(limit)s

-- name: select_entries
SELECT user_id, seat_no, request_time, epoch, attempt_id
FROM event_join WHERE event_id = %(event_id)s AND seat_no > %(after)s ORDER BY seat_no LIMIT %(limit)s

-- name: select_by_user
SELECT user_id, seat_no FROM event_join WHERE event_id = %(event_id)s AND user_id IN %(user_ids)s
