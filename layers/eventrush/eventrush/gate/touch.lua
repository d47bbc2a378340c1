-- Record that pending entries were sent now; they become overdue again after the full age.
-- KEYS[1] pending sorted set
-- ARGV    user ids
-- Returns how many are still pending
local clock = redis.call('TIME')
local now = clock[1] .. string.format('%06d', clock[2])
local pending = 0
for _, user in ipairs(ARGV) do
  if redis.call('ZSCORE', KEYS[1], user) then
    redis.call('ZADD', KEYS[1], now, user)
    pending = pending + 1
  end
end
return pending
