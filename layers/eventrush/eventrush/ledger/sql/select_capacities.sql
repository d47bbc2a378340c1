-- The capacity of events, held against change while entries are recorded under them.
SELECT event_id, capacity FROM event WHERE event_id IN %(event_ids)s LOCK IN SHARE MODE
