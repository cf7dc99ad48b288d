-- A sample shop: the state's and the city's sales tax, each rounded by itself.

local rates = {
  {label = "State sales tax", rate = 6000},
  {label = "City sales tax", rate = 1250},
}

function tax(input)
  local base, sum, taxes = 0, 0, {}
  for _, line in ipairs(input.lines) do
    if line.taxed then
      base = base + line.total
    end
  end
  if base > 0 then
    for i, row in ipairs(rates) do
      local amount = money.percent(base, row.rate)
      taxes[i] = {label = row.label, rate = row.rate, base = base, amount = amount}
      sum = sum + amount
    end
  end
  return {taxes = taxes, tax = sum}
end
