-- What the ledger holds of one event, counted from the rows themselves.
SELECT COUNT(*) AS entries, COUNT(DISTINCT user_id) AS users, COUNT(DISTINCT seat_no) AS seats,
       COALESCE(MIN(seat_no), 0) AS min_seat, COALESCE(MAX(seat_no), 0) AS max_seat,
       (SELECT COUNT(*) FROM dead_letter WHERE event_id = %(event_id)s AND state = 'DEAD') AS dead
FROM event_join WHERE event_id = %(event_id)s
