-- Queries of what operators changed.

-- name: insert
INSERT INTO event_log (event_id, command, operator, details)
VALUES (%(event_id)s, %(command)s, %(operator)s, %(details)s)

-- The newest first; a NULL event means all.
-- name: select
SELECT command, operator, event_id, details, logged_at FROM event_log
WHERE %(event_id)s IS NULL OR event_id = %(event_id)s ORDER BY id DESC LIMIT %(limit)s
