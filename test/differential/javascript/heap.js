const v = require("v8")
console.log(v.getHeapStatistics().heap_size_limit, process.constrainedMemory && process.constrainedMemory() > 0)
