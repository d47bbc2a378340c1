-- Return which server this is, and which server the registry belongs to.
-- KEYS[1] registry hash
-- ARGV[1] run id of this server
-- Returns {run id of this server, run id in the registry or an empty string}
redis.call('PERSIST', KEYS[1]) -- changes nothing, and fails on a demoted primary, which keeps its connections
return {ARGV[1], redis.call('HGET', KEYS[1], '-run-id') or ''}
