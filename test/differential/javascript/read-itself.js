const fs = require("fs")
const s = fs.lstatSync(__filename)
console.log(fs.readFileSync(__filename, "utf8"), s.isFile(), s.mode.toString(8), s.size, s.nlink, fs.realpathSync("main.js"))
