-- A sample shop: parts are marked up by a price matrix, and shop supplies (5 % of labor, at most $35.00) are a line of their own.

-- Cost up to (cents), markup in thousandths: a $12.00 part sells at 1.9 times its price.
local matrix = {
  {upto = 2500, factor = 1900},
  {upto = 10000, factor = 1600},
  {upto = 50000, factor = 1400},
  {upto = math.maxinteger, factor = 1250},
}
local supplies = {rate = 5000, cap = 3500}

local function sell_price(cost)
  for _, row in ipairs(matrix) do
    if cost <= row.upto then
      return money.times(cost, row.factor)
    end
  end
end

local function copy(line)
  local out = {}
  for name, value in pairs(line) do
    out[name] = value
  end
  return out
end

function price(job)
  local lines, labor, estimated_labor = {}, 0, 0
  for i, line in ipairs(job.lines) do
    local out = copy(line)
    out.over = false
    if line.kind == "part" then
      out.price = sell_price(line.price)
      out.total = money.times(out.price, line.quantity)
      out.estimated_total = out.total
    elseif line.kind == "labor" then
      out.total = money.times(line.price, line.quantity)
      out.estimated_total = out.total
      if line.hourly then
        out.estimated_total = money.times(line.price, line.estimated)
        out.over = line.estimated > 0 and line.quantity > line.estimated
      end
      labor = labor + out.total
      estimated_labor = estimated_labor + out.estimated_total
    else
      out.total, out.estimated_total = line.price, line.price
    end
    lines[i] = out
  end
  if labor > 0 then
    local amount = math.min(money.percent(labor, supplies.rate), supplies.cap)
    local estimate = math.min(money.percent(estimated_labor, supplies.rate), supplies.cap)
    table.insert(lines, {
      kind = "fee", id = 0, task = 0, description = "Shop supplies", hourly = false, taxed = false, over = false,
      quantity = 1000, price = amount, estimated = 0, total = amount, estimated_total = estimate,
    })
  end
  return {lines = lines}
end
