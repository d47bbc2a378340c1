SELECT event_id, epoch FROM event WHERE event_id IN %(event_ids)s
