const fs = require("fs")
console.log(process.umask().toString(8))
fs.writeFileSync("new", "")
console.log(fs.statSync("new").mode.toString(8))
