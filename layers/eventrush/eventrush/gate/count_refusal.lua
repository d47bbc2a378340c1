-- Count an attempt that was refused because the gate is lost: a rebuild restores first what is most asked for.
-- KEYS[1] counter of the event
-- ARGV[1] how long it is kept (seconds)
-- Returns the number of refusals
local refusals = redis.call('INCR', KEYS[1])
if refusals == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return refusals
