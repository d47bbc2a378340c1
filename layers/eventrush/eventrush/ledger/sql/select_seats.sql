-- The recorded seats above a mark, some thousands at a time.
SELECT seat_no FROM event_join WHERE event_id = %(event_id)s AND seat_no > %(after)s ORDER BY seat_no LIMIT %(limit)s
