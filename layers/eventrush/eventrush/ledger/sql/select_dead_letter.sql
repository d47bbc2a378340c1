SELECT topic, partition_no, offset_no, record_key, record_value, headers, event_id, user_id, seat_no, reason, detail,
       record_time, dead_at, state, settled_at, note
FROM dead_letter WHERE topic = %(topic)s AND partition_no = %(partition)s AND offset_no = %(offset)s
