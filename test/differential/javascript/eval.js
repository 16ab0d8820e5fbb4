console.log(eval("1 + 1"), new Function("a", "return a * 2")(4))
eval("throw new Error('in eval')")
