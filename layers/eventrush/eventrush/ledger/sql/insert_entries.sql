-- Repeating a row changes nothing; a row that collides with another's seat or user is left out and counted as missing.
INSERT INTO event_join (event_id, seat_no, user_id, request_time, attempt_id, epoch)
VALUES (%s, %s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE event_id = event_join.event_id
