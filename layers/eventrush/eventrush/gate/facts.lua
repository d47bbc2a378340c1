-- Return an event's rules and counters.
-- KEYS[1] rules hash   KEYS[2] pending sorted set   KEYS[3] free seats list
-- ARGV[1] run id of this server
-- Returns {8} no rules, {7} lost, or
-- {1, now, name, capacity, opensAt, closesAt, state, epoch, issued, free, pending}, times in microseconds
local rules = redis.call('HMGET', KEYS[1], 'runId', 'name', 'capacity', 'opensAt', 'closesAt', 'state', 'epoch', 'issued')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end
local clock = redis.call('TIME')
local now = clock[1] .. string.format('%06d', clock[2])
return {1, now, rules[2], rules[3], rules[4], rules[5], rules[6], rules[7], rules[8],
  redis.call('LLEN', KEYS[3]), redis.call('ZCARD', KEYS[2])}
