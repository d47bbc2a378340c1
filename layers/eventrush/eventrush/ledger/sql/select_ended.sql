-- When each event ended, where it has: by its closing time or by an operator.
SELECT event_id, CASE WHEN state = 'CLOSED' THEN COALESCE(closed_at, created_at) ELSE closes_at END
FROM event
