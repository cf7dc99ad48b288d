-- wrk's script: the job pages of the list, in random order, each with its customer's cookie. LIST is the environment's: lines of "page JOB COOKIE [ETAG]".
-- With an ETAG the request asks whether the page changed. Requests are made once, so that the load costs little.
local requests, n, seed = {}, 0, 1

function init(args)
  for line in io.lines(os.getenv('LIST')) do
    local job, cookie, etag = line:match('^page (%d+) (%S+) ?(.*)$')
    if job then
      local headers = { ['Cookie'] = 'sw=' .. cookie, ['Accept'] = 'text/html', ['User-Agent'] = 'bench' }
      if etag ~= '' then headers['If-None-Match'] = etag end
      n = n + 1
      requests[n] = wrk.format('GET', '/portal/jobs/' .. job, headers)
    end
  end
  math.randomseed(4711)
end

function request()
  return requests[math.random(n)]
end

-- requests, errors, seconds, bytes a request, p99 in ms
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('wrk requests=%d errors=%d seconds=%.4f bytes=%.0f p99=%.4f\n', summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout, summary.duration / 1e6, summary.bytes / math.max(summary.requests, 1),
    latency:percentile(99) / 1e3))
end
