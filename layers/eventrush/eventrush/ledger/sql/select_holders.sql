-- Who has these seats, and which seats these users have.
SELECT seat_no, user_id FROM event_join WHERE event_id = %(event_id)s AND seat_no IN %(seat_nos)s
UNION
SELECT seat_no, user_id FROM event_join WHERE event_id = %(event_id)s AND user_id IN %(user_ids)s
