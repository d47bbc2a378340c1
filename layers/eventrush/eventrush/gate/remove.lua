-- Delete entries for a rebuild: their seats belong to other users.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set
-- ARGV[1] run id of this server   ARGV[2] run id of the server that is rebuilt   ARGV[3] mark of this rebuild
-- then user ids
-- Returns 1 done, 0 refused: the server has changed, or another rebuild has started
if ARGV[1] ~= ARGV[2] or redis.call('HGET', KEYS[1], 'runId') ~= ARGV[3] then return 0 end
for i = 4, #ARGV do
  redis.call('HDEL', KEYS[2], ARGV[i])
  redis.call('ZREM', KEYS[3], ARGV[i])
end
return 1
