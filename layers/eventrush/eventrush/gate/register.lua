-- Write down every event that exists, so that an unknown id can be told from a lost one.
-- KEYS[1] registry hash
-- ARGV[1] run id of this server, then for each event of the ledger: event id, "live" or "retired"
-- Returns 1
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], '-run-id', ARGV[1])
for i = 2, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
return 1
