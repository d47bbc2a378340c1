-- Refuse every claim from now on, as a lost gate does.
-- KEYS[1] rules hash
-- ARGV[1] run id of this server   ARGV[2] mark of this rebuild
-- Returns {run id of this server, epoch of the event or 0 if it had no rules}
redis.call('HSET', KEYS[1], 'runId', ARGV[2])
return {ARGV[1], tonumber(redis.call('HGET', KEYS[1], 'epoch') or 0)}
