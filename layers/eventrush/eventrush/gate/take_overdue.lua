-- Take pending entries that were last sent before a moment, the oldest first: their last send is now.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set
-- ARGV[1] run id of this server   ARGV[2] moment before which they were sent (microseconds)   ARGV[3] maximum number
-- Returns {8} no rules, {7} lost, or {1, now_us, value that was sent first or "", user id, value, user id, value, ...}
local run_id = redis.call('HGET', KEYS[1], 'runId')
if not run_id then return {8} end
if run_id ~= ARGV[1] then return {7} end
redis.call('HSET', KEYS[1], 'sentBefore', ARGV[2]) -- claim.lua follows the same rule
local clock = redis.call('TIME')
local time = clock[1] .. string.format('%06d', clock[2])
local now = tonumber(time)
local first = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
local reply = {1, now, first and redis.call('HGET', KEYS[2], first) or ''}

local function take(min, max)
  for _ = 1, 20 do -- so many times the maximum number of orphans in one call
    local users = redis.call('ZRANGE', KEYS[3], min, max, 'BYSCORE', 'LIMIT', 0, ARGV[3])
    for _, user in ipairs(users) do
      local value = redis.call('HGET', KEYS[2], user)
      if value then
        redis.call('ZADD', KEYS[3], time, user)
        reply[#reply + 1] = user
        reply[#reply + 1] = value
      else -- it holds no seat; at the head of the set it would hide the others
        redis.call('ZREM', KEYS[3], user)
      end
    end
    if #reply > 3 or #users == 0 then return end
  end
end

take('-inf', '(' .. ARGV[2])
-- Scores in the future come from a clock that was set back, or from another server: the true last send is unknown.
if #reply == 3 then take(string.format('%.0f', now + 60000000), '+inf') end
return reply
