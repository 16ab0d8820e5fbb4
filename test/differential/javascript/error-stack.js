console.log(new Error("here").stack)
Error.stackTraceLimit = 2
console.log(new Error("short").stack)
