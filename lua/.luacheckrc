std = "lua54"
max_line_length = 140
globals = {"price", "tax"}
read_globals = {"money", "assert_equal"}
files["tests"] = {allow_defined_top = true}
files["sample/tests"] = {allow_defined_top = true}
