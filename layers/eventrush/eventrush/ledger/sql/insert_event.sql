INSERT INTO event (event_id, name, capacity, opens_at, closes_at, state, epoch, created_at)
VALUES (%(event_id)s, %(name)s, %(capacity)s, %(opens_at)s, %(closes_at)s, %(state)s, %(epoch)s, UTC_TIMESTAMP(6))
ON DUPLICATE KEY UPDATE event_id = event.event_id
