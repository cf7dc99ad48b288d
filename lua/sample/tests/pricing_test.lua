local function part(cost)
  return price({lines = {{kind = "part", price = cost, quantity = 1000}}}).lines[1].price
end

function test_the_matrix_marks_cheap_parts_up_most()
  assert_equal(part(1200), 2280)
  assert_equal(part(2500), 4750)
  assert_equal(part(2501), 4002)
  assert_equal(part(100000), 125000)
end

function test_shop_supplies_are_a_line_with_a_cap()
  local lines = price({lines = {{kind = "labor", hourly = false, price = 10000, quantity = 1000}}}).lines
  assert_equal(lines[2].description, "Shop supplies")
  assert_equal(lines[2].total, 500)
  lines = price({lines = {{kind = "labor", hourly = false, price = 1000000, quantity = 1000}}}).lines
  assert_equal(lines[2].total, 3500)
end

function test_without_labor_no_supplies()
  assert_equal(#price({lines = {{kind = "fee", price = 650, quantity = 1000}}}).lines, 1)
end
