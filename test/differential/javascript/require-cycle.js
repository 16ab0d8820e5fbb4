exports.early = 1
console.log(require("./cycle"))
exports.late = 2
