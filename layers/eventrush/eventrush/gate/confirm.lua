-- Remove entries that the ledger has recorded from pending, and add them to the filter of confirmed entries.
-- KEYS[1] rules hash   KEYS[2] pending sorted set   KEYS[3] filter: epoch and count (32 bits each), then the bits
-- ARGV[1] run id of this server, or the mark of a rebuild, which counts the entries itself; then user ids, some hundreds
-- Returns how many were pending
if redis.call('HGET', KEYS[1], 'runId') ~= ARGV[1] then return 0 end
local users = {unpack(ARGV, 2)}
local confirmed = redis.call('ZREM', KEYS[2], unpack(users))
local bits = redis.call('STRLEN', KEYS[3]) * 8 - 64
if bits > 0 then -- a filter that was evicted is not made again: it would lack the entries before
  local writes = {}
  for _, user in ipairs(users) do
    local hash = redis.sha1hex(user)
    for first = 1, 25, 8 do -- remembered.py reads the same four bits
      local at = 64 + tonumber(string.sub(hash, first, first + 7), 16) % bits
      writes[#writes + 1], writes[#writes + 2], writes[#writes + 3], writes[#writes + 4] = 'SET', 'u1', at, 1
    end
  end
  redis.call('BITFIELD', KEYS[3], 'INCRBY', 'u32', 32, confirmed, unpack(writes))
end
return confirmed
