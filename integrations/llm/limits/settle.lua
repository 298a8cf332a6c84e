-- A call has ended, or its caller gave up waiting: free its place, correct the buckets by what it really used, and
-- learn what the provider says of its limits for this model.
-- KEYS: slots, queue, seen, needs, state
-- ARGV: ticket, model, input and output used beyond what was taken, milliseconds to hold this model back,
--       then limit and remaining of requests, input, output (-1: not said)
local slots, queue, seen, needs, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local ticket, model = ARGV[1], ARGV[2]
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

redis.call('ZREM', slots, ticket)
redis.call('ZREM', queue, ticket)
redis.call('ZREM', seen, ticket)
redis.call('HDEL', needs, ticket)

for _, name in ipairs({'all:', model .. ':'}) do
  for kind, more in pairs({input = tonumber(ARGV[3]), output = tonumber(ARGV[4])}) do
    local field = name .. kind .. ':level'
    if more ~= 0 and redis.call('HEXISTS', state, field) == 1 then
      redis.call('HINCRBYFLOAT', state, field, -more)
    end
  end
end

if tonumber(ARGV[5]) > 0 then
  local until_then = math.max(now + tonumber(ARGV[5]), tonumber(redis.call('HGET', state, 'hold:' .. model) or 0))
  redis.call('HSET', state, 'hold:' .. model, until_then)
end

for position, kind in ipairs({'requests', 'input', 'output'}) do
  local limit, remaining = tonumber(ARGV[4 + 2 * position]), tonumber(ARGV[5 + 2 * position])
  if limit > 0 then
    local name = model .. ':' .. kind
    local level = tonumber(redis.call('HGET', state, name .. ':level') or limit)
    local at = tonumber(redis.call('HGET', state, name .. ':at') or now)
    level = math.min(limit, level + (now - at) * limit / 60000)
    if remaining >= 0 then level = math.min(level, remaining) end
    redis.call('HSET', state, name .. ':rate', limit, name .. ':level', level, name .. ':at', now)
  end
end
return 1
