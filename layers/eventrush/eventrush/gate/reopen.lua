-- Reopen the gate after a rebuild has written the entries: write rules, counter and free seats.
-- KEYS[1] rules hash   KEYS[2] free seats list   KEYS[3] free seats as this rebuild found them
-- ARGV[1] run id of this server   ARGV[2] run id of the server that was rebuilt   ARGV[3] mark of this rebuild
-- ARGV[4] name   ARGV[5] capacity   ARGV[6] opensAt   ARGV[7] closesAt (microseconds)   ARGV[8] state   ARGV[9] epoch
-- ARGV[10] issued
-- Returns 1 done, 0 refused: the server has changed, or another rebuild has started
local rules = redis.call('HMGET', KEYS[1], 'runId', 'epoch')
if rules[1] == ARGV[1] and rules[2] == ARGV[9] then return 1 end -- a retry after the first reply was lost
if ARGV[1] ~= ARGV[2] or rules[1] ~= ARGV[3] then return 0 end
redis.call('DEL', KEYS[2])
if redis.call('PERSIST', KEYS[3]) == 1 then redis.call('RENAME', KEYS[3], KEYS[2]) end
redis.call('HSET', KEYS[1], 'runId', ARGV[1], 'name', ARGV[4], 'capacity', ARGV[5], 'opensAt', ARGV[6],
  'closesAt', ARGV[7], 'state', ARGV[8], 'epoch', ARGV[9], 'issued', ARGV[10])
return 1
