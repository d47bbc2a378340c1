-- Return an event's rules and counters, and how long its keys have left.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set   KEYS[4] free seats list
-- KEYS[5] filter of confirmed entries
-- ARGV[1] run id of this server
-- Returns {8} no rules, {7} lost, or
-- {1, now, name, capacity, opensAt, closesAt, state, epoch, issued, free, pending, changing, shortest, longest}: times
-- in microseconds; 1 while a change of the rules waits; the shortest and longest time to live of the keys that exist in
-- milliseconds, -1 without an expiry
local rules = redis.call('HMGET', KEYS[1],
  'runId', 'name', 'capacity', 'opensAt', 'closesAt', 'state', 'epoch', 'issued', 'waitUntil')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end
local clock = redis.call('TIME')
local now = clock[1] .. string.format('%06d', clock[2])
local shortest = redis.call('PTTL', KEYS[1])
local longest = shortest
for i = 2, #KEYS do
  local left = redis.call('PTTL', KEYS[i])
  if left ~= -2 then shortest, longest = math.min(shortest, left), math.max(longest, left) end
end
return {1, now, rules[2], rules[3], rules[4], rules[5], rules[6], rules[7], rules[8],
  redis.call('LLEN', KEYS[4]), redis.call('ZCARD', KEYS[3]), tonumber(now) < tonumber(rules[9] or 0) and 1 or 0,
  shortest, longest}
