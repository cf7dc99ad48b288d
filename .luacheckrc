-- Rules run in the sandbox: these are their globals. Test functions are found by their name.
std = "lua54"
max_line_length = 160
globals = {"price", "tax"}
read_globals = {"money", "assert_equal"}
ignore = {"111/test_.*"}
