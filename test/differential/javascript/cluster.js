const c = require("cluster")
console.log(c.isPrimary, c.isWorker)
