INSERT INTO open_seat (event_id, seat_no) VALUES (%s, %s) ON DUPLICATE KEY UPDATE event_id = open_seat.event_id
