UPDATE event SET epoch = epoch + 1 WHERE event_id = %(event_id)s
