const fs = require("fs")
let n = 0
try { for (;;) { fs.openSync("/dev/null"); n++ } } catch (e) { console.log(n, e.code) }
