-- Only from where it was read: two passes at once do not move it twice.
UPDATE event SET settled_seat = %(new)s WHERE event_id = %(event_id)s AND settled_seat = %(old)s
