-- Write which events exist, to distinguish an unknown id from a lost event.
-- KEYS[1] registry hash
-- ARGV[1] run id of this server   ARGV[2] "replace" or "add": add keeps the events that this server has registered
-- then for each event of the ledger: event id, "live" or "retired"
-- Returns 1
if ARGV[2] == 'replace' or redis.call('HGET', KEYS[1], '-run-id') ~= ARGV[1] then redis.call('DEL', KEYS[1]) end
redis.call('HSET', KEYS[1], '-run-id', ARGV[1])
for i = 3, #ARGV, 2 do
  redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])
end
return 1
