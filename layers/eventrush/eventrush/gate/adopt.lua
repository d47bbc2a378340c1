-- Give entries of an older epoch their own seats back, where those are still theirs to have.
-- KEYS[1] rules hash   KEYS[2] entries hash   KEYS[3] pending sorted set   KEYS[4] free seats list
-- ARGV[1] run id of this server, then for each entry: user id, held ("seat:time_us:attempt id")
-- Returns {8} no rules, {7} lost, or {1, answer...}: 1 the seat is that user's, 0 it is another's or the user has another
local rules = redis.call('HMGET', KEYS[1], 'runId', 'capacity', 'issued')
if not rules[1] then return {8} end
if rules[1] ~= ARGV[1] then return {7} end
local capacity, issued = tonumber(rules[2]), tonumber(rules[3])

local function take(seat)
  if seat > capacity then return false end
  if seat <= issued then return redis.call('LREM', KEYS[4], 1, seat) == 1 end
  for skipped = issued + 1, seat - 1 do
    redis.call('RPUSH', KEYS[4], skipped)
  end
  redis.call('HSET', KEYS[1], 'issued', seat)
  issued = seat
  return true
end

local answer = {1}
for i = 2, #ARGV, 2 do
  local user, held = ARGV[i], ARGV[i + 1]
  local seat, time = string.match(held, '^(%d+):(%d+):')
  local known = redis.call('HGET', KEYS[2], user)
  local own = known and string.match(known, '^%d+') == seat
  if not known and take(tonumber(seat)) then
    redis.call('HSET', KEYS[2], user, held)
    redis.call('ZADD', KEYS[3], time, user)
    own = true
  end
  answer[#answer + 1] = own and 1 or 0
end
return answer
