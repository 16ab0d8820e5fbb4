exec(compile("x = 1\nraise KeyError(x)", __file__, "exec"))
