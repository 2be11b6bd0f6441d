package redisversion

import "github.com/redis/go-redis/v9"

// KEYS[1] is the epoch: the process of the server, its replication ID, and since
// when no mark of a running write has been lost. The replication ID changes when
// a replica becomes the primary, also one that was the primary before: its data
// may be older than what another one has written meanwhile. The other keys are scopes, each a hash of
//
//	s         the version, and e the epoch that it belongs to
//	l         the lease of a reader that loads a version, and lt its end
//	p:writer  when the lease of a running write ends
//
// ARGV begins with the lease and the time to keep a scope, in milliseconds, and a
// random text for a new epoch.
const preamble = `
local lease, keep, random = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)')
local replication = redis.call('INFO', 'replication')
local history = string.match(replication, 'master_replid:(%w+)')
if not run or not history then
	return redis.error_reply('ERR INFO shows no run_id or no master_replid')
end
if not string.find(replication, 'role:master', 1, true) then
	return redis.error_reply('READONLY want a primary: a replica may lag')
end
run = run .. history
local epoch = redis.call('HMGET', KEYS[1], 'run', 'id', 'since')
if epoch[1] ~= run or not epoch[2] or not epoch[3] then
	epoch = {run, random, now}
	redis.call('HSET', KEYS[1], 'run', run, 'id', random, 'since', now)
end
`

var (
	// readScript: ARGV[4] is a stamp for a scope without one, ARGV[5] whether
	// the caller loads a version instead. It answers {"version", v},
	// {"load", lease}, {"load", ""} where another reader has the lease,
	// {"starting"} or {"writing"}.
	readScript = redis.NewScript(preamble + `
if now - epoch[3] < lease then
	return {'starting'}
end
local fields = redis.call('HGETALL', KEYS[2])
local scope, writing = {}, false
for i = 1, #fields, 2 do
	local name, value = fields[i], fields[i + 1]
	scope[name] = value
	if string.sub(name, 1, 2) == 'p:' then
		if tonumber(value) > now then
			writing = true
		else
			redis.call('HDEL', KEYS[2], name)
		end
	end
end
if writing then
	return {'writing'}
end
if scope.s and scope.e == epoch[2] then
	return {'version', scope.s}
end
if ARGV[5] == '1' then
	if scope.l and tonumber(scope.lt) > now then
		return {'load', ''}
	end
	redis.call('HDEL', KEYS[2], 's', 'e')
	redis.call('HSET', KEYS[2], 'l', ARGV[4], 'lt', now + lease)
	redis.call('PEXPIRE', KEYS[2], keep)
	return {'load', ARGV[4]}
end
redis.call('HSET', KEYS[2], 's', ARGV[4], 'e', epoch[2])
redis.call('PEXPIRE', KEYS[2], keep)
return {'version', ARGV[4]}
`)

	// fillScript: ARGV[4] is the lease, ARGV[5] the version. A write takes the
	// lease away. A server that forgot the write refuses for as long as the
	// lease can last.
	fillScript = redis.NewScript(preamble + `
local held = redis.call('HMGET', KEYS[2], 'l', 'lt')
if held[1] ~= ARGV[4] or tonumber(held[2]) <= now or now - epoch[3] < lease then
	return {'refused'}
end
redis.call('HDEL', KEYS[2], 'l', 'lt')
redis.call('HSET', KEYS[2], 's', ARGV[5], 'e', epoch[2])
redis.call('PEXPIRE', KEYS[2], keep)
return {'kept'}
`)

	checkScript = redis.NewScript(preamble + `return {'usable'}`)

	// beginScript: ARGV[4] is the writer.
	beginScript = redis.NewScript(preamble + `
for i = 2, #KEYS do
	redis.call('HDEL', KEYS[i], 's', 'e', 'l', 'lt')
	redis.call('HSET', KEYS[i], 'p:' .. ARGV[4], now + lease)
	redis.call('PEXPIRE', KEYS[i], math.max(keep, 2 * lease))
end
return {'begun'}
`)

	// endScript: ARGV[4] is the writer. A scope without a version gets one from
	// its next reader.
	endScript = redis.NewScript(preamble + `
for i = 2, #KEYS do
	redis.call('HDEL', KEYS[i], 's', 'e', 'l', 'lt', 'p:' .. ARGV[4])
end
return {'ended'}
`)
)
