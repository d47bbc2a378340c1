-- Distinguish an event that never existed from one whose rules are gone.
-- KEYS[1] registry hash: event id to "live" or "retired", and "-run-id" to the run id of the server that wrote it
-- ARGV[1] run id of this server   ARGV[2] event id
-- Returns 8 never existed, 7 lost, 5 retired: its retention period is over
local registry = redis.call('HMGET', KEYS[1], '-run-id', ARGV[2])
if registry[1] ~= ARGV[1] then return 7 end
if not registry[2] then return 8 end
return registry[2] == 'retired' and 5 or 7
