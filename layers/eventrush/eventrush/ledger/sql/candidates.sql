-- Queries of a rebuild's candidates, in a temporary database of SQLite.

-- name: create
CREATE TABLE candidate (
    event_id TEXT, user_id TEXT, seat_no INTEGER, epoch INTEGER, request_us INTEGER, attempt_id TEXT, sent_us INTEGER,
    is_streamed INTEGER, PRIMARY KEY (event_id, user_id, seat_no)
) WITHOUT ROWID

-- One candidate a user and seat: that of the newest epoch, with the latest send of any.
-- name: insert
INSERT INTO candidate VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET
    request_us = CASE WHEN excluded.epoch > epoch THEN excluded.request_us ELSE request_us END,
    attempt_id = CASE WHEN excluded.epoch > epoch THEN excluded.attempt_id ELSE attempt_id END,
    epoch = MAX(epoch, excluded.epoch),
    sent_us = MAX(sent_us, excluded.sent_us),
    is_streamed = MAX(is_streamed, excluded.is_streamed)

-- name: select
SELECT user_id, seat_no, request_us, epoch, attempt_id, sent_us, is_streamed
FROM candidate WHERE event_id = ? ORDER BY epoch DESC

-- name: select_users_of_several
SELECT user_id FROM candidate WHERE event_id = ? GROUP BY user_id HAVING COUNT(*) > 1
