-- Seats whose record is a dead letter that nobody has made a row of.
SELECT DISTINCT seat_no, user_id FROM dead_letter
WHERE event_id = %(event_id)s AND state IN ('DEAD', 'DISCARDED') AND seat_no IS NOT NULL
