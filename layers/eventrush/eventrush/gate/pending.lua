-- Return how many entries of an event are pending.
-- KEYS[1] rules hash   KEYS[2] pending sorted set
-- ARGV[1] run id of this server
-- Returns their number, or -1 if the event is lost or has no rules
if redis.call('HGET', KEYS[1], 'runId') ~= ARGV[1] then return -1 end
return redis.call('ZCARD', KEYS[2])
