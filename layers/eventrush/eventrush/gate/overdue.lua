-- Return the entries that have been pending too long, the oldest first.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set
-- ARGV[1] run id of this server   ARGV[2] minimum age (microseconds)   ARGV[3] maximum number
-- Returns {8} no rules, {7} lost, or {1, now_us, epoch, user id, value, user id, value, ...}
local rules = redis.call('HMGET', KEYS[1], 'runId', 'epoch')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end
local clock = redis.call('TIME')
local now = tonumber(clock[1] .. string.format('%06d', clock[2]))
local reply = {1, now, tonumber(rules[2])}

local function add(min, max)
  for _ = 1, 20 do -- so many times the maximum number of orphans in one call
    local orphans = 0
    for _, user in ipairs(redis.call('ZRANGE', KEYS[3], min, max, 'BYSCORE', 'LIMIT', 0, ARGV[3])) do
      local value = redis.call('HGET', KEYS[2], user)
      if value then
        reply[#reply + 1] = user
        reply[#reply + 1] = value
      else -- it holds no seat; at the head of the set it would hide the others
        orphans = orphans + redis.call('ZREM', KEYS[3], user)
      end
    end
    if #reply > 3 or orphans == 0 then return end
  end
end

local age = tonumber(ARGV[2])
add('-inf', string.format('%.0f', now - age))
-- Scores in the future come from a clock that was set back, or from another server: their true age is unknown.
if #reply == 3 then add(string.format('%.0f', now + age), '+inf') end
return reply
