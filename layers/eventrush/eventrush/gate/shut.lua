-- Refuse every claim from now on, as a gate that is lost, and tell which server this is.
-- KEYS[1] rules hash
-- ARGV[1] run id of this server
-- Returns the run id
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'runId', '')
end
return ARGV[1]
