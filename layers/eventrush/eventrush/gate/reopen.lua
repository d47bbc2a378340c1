-- Reopen the gate after a rebuild has written the entries: write rules, counter, free seats and the filter's count.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set   KEYS[4] free seats list
-- KEYS[5] filter: epoch and count (32 bits each), then the bits   KEYS[6] free seats as this rebuild found them
-- ARGV[1] run id of this server   ARGV[2] run id of the server that was rebuilt   ARGV[3] mark of this rebuild
-- ARGV[4] name   ARGV[5] capacity   ARGV[6] opensAt   ARGV[7] closesAt (microseconds)   ARGV[8] state   ARGV[9] epoch
-- ARGV[10] issued   ARGV[11] when the keys expire (milliseconds), 0 never
-- Returns 1 done, 0 refused: the server has changed, or another rebuild has started
local rules = redis.call('HMGET', KEYS[1], 'runId', 'epoch')
if rules[1] == ARGV[1] and rules[2] == ARGV[9] then return 1 end -- a retry after the first reply was lost
if ARGV[1] ~= ARGV[2] or rules[1] ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[4])
if redis.call('PERSIST', KEYS[6]) == 1 then redis.call('RENAME', KEYS[6], KEYS[4]) end
redis.call('HSET', KEYS[1], 'runId', ARGV[1], 'name', ARGV[4], 'capacity', ARGV[5], 'opensAt', ARGV[6],
  'closesAt', ARGV[7], 'state', ARGV[8], 'epoch', ARGV[9], 'issued', ARGV[10])
if redis.call('EXISTS', KEYS[5]) == 1 then -- it has every entry that is not pending
  local confirmed = redis.call('HLEN', KEYS[2]) - redis.call('ZCARD', KEYS[3])
  redis.call('BITFIELD', KEYS[5], 'SET', 'u32', 32, confirmed)
end
if ARGV[11] ~= '0' then
  for i = 1, 5 do redis.call('PEXPIREAT', KEYS[i], ARGV[11]) end
end
return 1
