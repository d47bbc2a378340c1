UPDATE event
SET name = %(name)s, capacity = %(capacity)s, opens_at = %(opens_at)s, closes_at = %(closes_at)s, state = %(state)s,
    closed_at = CASE WHEN %(state)s = 'CLOSED' THEN COALESCE(closed_at, UTC_TIMESTAMP(6)) END
WHERE event_id = %(event_id)s
