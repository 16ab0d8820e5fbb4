import fs from "fs"
console.log(typeof require, import.meta.url, typeof fs.readFileSync)
