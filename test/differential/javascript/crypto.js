const c = require("crypto")
console.log(c.createHash("sha256").update("x").digest("hex"), c.getFips(), c.randomBytes(4).length)
