-- Dead letters, the newest first; an absent event or state means all.
SELECT topic, partition_no, offset_no, record_key, record_value, headers, event_id, user_id, seat_no, reason, detail,
       record_time, dead_at, state, settled_at, note
FROM dead_letter
WHERE (%(event_id)s IS NULL OR event_id = %(event_id)s) AND (%(state)s IS NULL OR state = %(state)s)
ORDER BY dead_at DESC, topic, partition_no, offset_no DESC LIMIT %(limit)s
