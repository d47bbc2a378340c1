SELECT settled_seat FROM event WHERE event_id = %(event_id)s
