-- Only from DEAD: what was settled stays as it was settled.
UPDATE dead_letter SET state = %(state)s, settled_at = UTC_TIMESTAMP(6), note = %(note)s
WHERE topic = %(topic)s AND partition_no = %(partition)s AND offset_no = %(offset)s AND state = 'DEAD'
