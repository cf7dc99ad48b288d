-- The default tax rules (L2): one sales tax, added on top, on the lines that are taxed; rounded once per rate.
--
-- tax(input) gets {rate, lines = {{kind, taxed, total, estimated_total, …}, …}} and returns {taxes = {{label, rate, base, amount}, …}, tax}.
-- rate is in thousandths of a percent: 9.5 % is 9500. money.percent(amount, rate) rounds half a cent away from zero.

function tax(input)
  local base = 0
  for _, line in ipairs(input.lines) do
    if line.taxed then
      base = base + line.total
    end
  end
  if base == 0 or input.rate == 0 then
    return {taxes = {}, tax = 0}
  end
  local amount = money.percent(base, input.rate)
  return {
    taxes = {{label = "Sales tax", rate = input.rate, base = base, amount = amount}},
    tax = amount,
  }
end
