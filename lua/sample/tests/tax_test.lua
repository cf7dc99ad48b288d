function test_each_rate_rounds_by_itself()
  local r = tax({lines = {{taxed = true, total = 999}, {taxed = false, total = 5000}}})
  assert_equal(r.taxes[1].amount, 60)
  assert_equal(r.taxes[2].amount, 12)
  assert_equal(r.tax, 72)
end
