SELECT event_id, name, capacity, opens_at, closes_at, state, epoch FROM event WHERE event_id = %(event_id)s
