-- The open seats of an event, and whether each has a row by now.
SELECT o.seat_no, j.seat_no IS NOT NULL
FROM open_seat o LEFT JOIN event_join j ON j.event_id = o.event_id AND j.seat_no = o.seat_no
WHERE o.event_id = %(event_id)s
