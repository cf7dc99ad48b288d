function test_only_taxed_lines_count()
  local r = tax({rate = 9500, lines = {{taxed = true, total = 59585}, {taxed = false, total = 85550}}})
  assert_equal(r, {taxes = {{label = "Sales tax", rate = 9500, base = 59585, amount = 5661}}, tax = 5661})
end

function test_no_taxed_line_no_tax_line()
  assert_equal(tax({rate = 9500, lines = {{taxed = false, total = 100}}}), {taxes = {}, tax = 0})
end
