console.log(require("vm").runInNewContext("[a, typeof require]", { a: 1 }))
require("vm").runInThisContext("throw new Error(1)", "named.js")
