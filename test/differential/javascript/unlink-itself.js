const fs = require("fs")
fs.unlinkSync(__filename)
console.log(fs.readdirSync("."))
throw new Error("gone")
