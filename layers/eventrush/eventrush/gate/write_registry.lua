-- Write a part of the list of events that exist, to distinguish an unknown id from a lost event.
-- KEYS[1] registry hash
-- ARGV[1] run id of this server   ARGV[2] run id of the server on which the writing began
-- ARGV[3] "set", or "add" to keep what the registry has   ARGV[4] "part", or "last": the registry is complete after it
-- then for each event of the ledger, at most a thousand: event id, "live" or "retired"
-- Returns 1 done, 0 refused: the server has changed
if ARGV[1] ~= ARGV[2] then return 0 end
for i = 5, #ARGV, 2 do
  if ARGV[3] == 'add' then
    redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])
  else
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
  end
end
if ARGV[4] == 'last' then redis.call('HSET', KEYS[1], '-run-id', ARGV[1]) end
return 1
