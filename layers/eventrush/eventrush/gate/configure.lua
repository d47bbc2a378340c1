-- Change an event's rules; the counter and the entries stay as they are. The change counts from `waitUntil` on, when no
-- environment repeats a verdict of the old rules any more; until then claims are answered PAUSED. An opening that has not
-- come is not moved to before that: an environment may say NOT_OPEN until then.
-- KEYS[1] rules hash   KEYS[2] free seats list
-- ARGV[1] run id of this server   ARGV[2] name   ARGV[3] capacity   ARGV[4] opensAt   ARGV[5] closesAt (microseconds)
-- ARGV[6] state   ARGV[7] how long a change waits (microseconds)
-- Returns {8} no rules, {7} lost, {0} refused: more seats are issued than the new capacity allows, or
-- {1, opensAt as it is now}
local rules = redis.call('HMGET', KEYS[1], 'runId', 'issued', 'capacity', 'opensAt', 'closesAt', 'state', 'waitUntil')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end
local issued, capacity, wanted = tonumber(rules[2]), tonumber(rules[3]), tonumber(ARGV[3])
if wanted < issued then return {0} end

local opens = ARGV[4]
-- While seats are left, nobody was told that all are taken: more of them change no verdict.
local seats_left = issued < capacity or redis.call('LLEN', KEYS[2]) > 0
local harmless = wanted == capacity or (wanted > capacity and seats_left)
if not (harmless and rules[4] == ARGV[4] and rules[5] == ARGV[5] and rules[6] == ARGV[6]) then
  local clock = redis.call('TIME')
  local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
  local ends = math.max(now + tonumber(ARGV[7]), tonumber(rules[7] or 0))
  redis.call('HSET', KEYS[1], 'waitUntil', string.format('%.0f', ends))
  if rules[4] ~= ARGV[4] and now < tonumber(rules[4]) then
    opens = string.format('%.0f', math.max(ends, tonumber(ARGV[4])))
  end
end
redis.call('HSET', KEYS[1], 'name', ARGV[2], 'capacity', ARGV[3], 'opensAt', opens, 'closesAt', ARGV[5], 'state', ARGV[6])
return {1, tonumber(opens)}
