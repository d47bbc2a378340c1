SELECT user_id, seat_no FROM event_join WHERE event_id = %(event_id)s AND user_id IN %(user_ids)s
