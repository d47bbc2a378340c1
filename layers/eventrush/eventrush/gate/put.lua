-- Write entries for a rebuild, as pending or as recorded already.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set
-- ARGV[1] run id of this server   ARGV[2] run id of the server that is rebuilt   ARGV[3] mark of this rebuild
-- then for each entry: user id, value, last send (microseconds), or "" for a recorded entry
-- Returns 1 done, 0 refused: the server has changed, or another rebuild has started
if ARGV[1] ~= ARGV[2] or redis.call('HGET', KEYS[1], 'runId') ~= ARGV[3] then return 0 end
for i = 4, #ARGV, 3 do
  redis.call('HSET', KEYS[2], ARGV[i], ARGV[i + 1])
  if ARGV[i + 2] == '' then
    redis.call('ZREM', KEYS[3], ARGV[i])
  else
    redis.call('ZADD', KEYS[3], 'GT', ARGV[i + 2], ARGV[i]) -- the gate may know of a later send
  end
end
return 1
