-- The recorded entries above a seat, some thousands at a time.
SELECT user_id, seat_no, request_time, epoch, attempt_id
FROM event_join WHERE event_id = %(event_id)s AND seat_no > %(after)s ORDER BY seat_no LIMIT %(limit)s
