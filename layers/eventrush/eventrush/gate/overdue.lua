-- Tell which entries have been pending too long, the longest first.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set
-- ARGV[1] run id of this server   ARGV[2] how long is too long (microseconds)   ARGV[3] how many at most
-- Returns {8} no rules, {7} lost, or {1, now_us, epoch, user id, held, user id, held, ...}
local rules = redis.call('HMGET', KEYS[1], 'runId', 'epoch')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end
local clock = redis.call('TIME')
local now = tonumber(clock[1] .. string.format('%06d', clock[2]))
local answer = {1, now, tonumber(rules[2])}

local function add(least, most)
  for _, user in ipairs(redis.call('ZRANGE', KEYS[3], least, most, 'BYSCORE', 'LIMIT', 0, ARGV[3])) do
    local held = redis.call('HGET', KEYS[2], user)
    if held then
      answer[#answer + 1] = user
      answer[#answer + 1] = held
    end
  end
end

local age = tonumber(ARGV[2])
add('-inf', string.format('%.0f', now - age))
-- From a clock that was set back, or another server's: nobody knows how long these have waited.
if #answer == 3 then add(string.format('%.0f', now + age), '+inf') end
return answer
