-- wrk's part: each request asks for one of the accounts, picked at random.
-- Arguments: a file of lines "<id> <key>", and what stands before and behind the id in the path.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  math.randomseed(os.time() * 2 + number)
  wanted = {}
  for line in io.lines(args[1]) do
    local id, key = line:match("(%S+) (%S+)")
    wrk.headers["Authorization"] = "Bearer " .. key
    wanted[#wanted + 1] = wrk.format("GET", args[2] .. id .. (args[3] or ""))
  end
end

function request()
  return wanted[math.random(#wanted)]
end

function done(summary, latency, requests)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local shape = '{"requests": %d, "seconds": %f, "failed": %d, "p50": %f, "p99": %f}\n'
  io.write("TOLD " .. shape:format(
    summary.requests, summary.duration / 1e6, failed,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
