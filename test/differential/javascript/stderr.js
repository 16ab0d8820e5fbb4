console.log("out")
console.error("err")
console.warn("%s %d %j", "a", 1, { b: 2 })
console.trace("trace")
