-- Run by `shopwright rules test`. Each function test_… has fresh globals; assert_equal compares tables by content.

local function one(line)
  return price({lines = {line}}).lines[1]
end

function test_flat_labor_is_price_times_quantity()
  local line = one({kind = "labor", hourly = false, price = 34800, quantity = 1000, estimated = 0})
  assert_equal(line.total, 34800)
  assert_equal(line.over, false)
end

function test_hourly_labor_takes_the_clock_and_shows_the_estimate()
  local line = one({kind = "labor", hourly = true, price = 14500, quantity = 1900, estimated = 1500})
  assert_equal(line.total, 27550)
  assert_equal(line.estimated_total, 21750)
  assert_equal(line.over, true)
end

function test_hourly_labor_without_an_estimate_is_never_over()
  assert_equal(one({kind = "labor", hourly = true, price = 14500, quantity = 1900, estimated = 0}).over, false)
end

function test_half_a_cent_rounds_up()
  assert_equal(one({kind = "part", price = 1, quantity = 500}).total, 1)
end

function test_a_fee_is_its_amount()
  assert_equal(one({kind = "fee", price = 650, quantity = 1000}).total, 650)
end
