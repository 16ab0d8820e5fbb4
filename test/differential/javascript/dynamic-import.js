import("fs").then(m => console.log(typeof m.readFileSync))
import("./main.js").then(m => console.log(Object.keys(m)))
module.exports = { a: 1 }
