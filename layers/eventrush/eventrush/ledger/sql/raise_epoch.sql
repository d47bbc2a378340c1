UPDATE event SET epoch = GREATEST(epoch, %(above)s) + 1 WHERE event_id = %(event_id)s
