-- The default pricing rules (L1): what each line of a job costs.
--
-- price(job) gets {currency, labor_rate, tax_rate, level, lines = {{kind, id, task, description, hourly, taxed, quantity, price, estimated}, …}}
-- and returns {lines = {… the same, with total, estimated_total and over}}. Money is in cents, quantities and hours are in
-- thousandths: all integers. money.times(price, quantity) multiplies the two and rounds half a cent away from zero.
--
-- To change it for your shop, copy this file to rules/1/pricing.lua of the instance and edit the copy; the guide is GUIDE.md.

local function labor(line)
  local out = {total = money.times(line.price, line.quantity), over = false}
  out.estimated_total = out.total
  if line.hourly then
    out.estimated_total = money.times(line.price, line.estimated)
    out.over = line.estimated > 0 and line.quantity > line.estimated
  end
  return out
end

local function part(line)
  local total = money.times(line.price, line.quantity)
  return {total = total, estimated_total = total, over = false}
end

local function fee(line)
  return {total = line.price, estimated_total = line.price, over = false}
end

local by_kind = {labor = labor, part = part, fee = fee}

function price(job)
  local lines = {}
  for i, line in ipairs(job.lines) do
    local priced = by_kind[line.kind](line)
    for name, value in pairs(line) do
      priced[name] = value
    end
    lines[i] = priced
  end
  return {lines = lines}
end
