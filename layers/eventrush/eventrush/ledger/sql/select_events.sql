SELECT event_id, name, capacity, opens_at, closes_at, state, epoch FROM event ORDER BY created_at, event_id
