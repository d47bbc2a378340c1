DELETE FROM open_seat WHERE event_id = %(event_id)s AND seat_no IN %(seat_nos)s
