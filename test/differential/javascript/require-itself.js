console.log(require("./main") === module.exports, require("./main.js") === exports)
