-- Change an event's rules; the counter and the entries stay as they are.
-- KEYS[1] rules hash
-- ARGV[1] run id of this server   ARGV[2] name   ARGV[3] capacity   ARGV[4] opensAt   ARGV[5] closesAt (microseconds)
-- ARGV[6] state
-- Returns 8 no rules, 7 lost, 1 done, 0 refused: more seats are issued than the new capacity allows
local rules = redis.call('HMGET', KEYS[1], 'runId', 'issued')
if not rules[1] then return 8 end
if rules[1] ~= ARGV[1] then return 7 end
if tonumber(ARGV[3]) < tonumber(rules[2]) then return 0 end
redis.call('HSET', KEYS[1], 'name', ARGV[2], 'capacity', ARGV[3], 'opensAt', ARGV[4], 'closesAt', ARGV[5], 'state', ARGV[6])
return 1
