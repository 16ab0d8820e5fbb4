const fs = require("fs")
console.log(fs.readdirSync("."), fs.readdirSync("/tmp"), fs.readdirSync("a"), fs.readdirSync("/dev/shm"))
