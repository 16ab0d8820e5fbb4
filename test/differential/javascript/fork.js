const cp = require("child_process")
if (process.send) { process.send({ from: "child", argv: process.argv.slice(1) }); process.disconnect() }
else cp.fork(__filename, ["x"]).on("message", m => console.log(m)).on("exit", c => console.log("exit", c))
