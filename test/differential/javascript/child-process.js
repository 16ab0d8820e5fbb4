const { spawnSync } = require("child_process")
const r = spawnSync(process.execPath, ["-p", "process.argv.length + process.stdin.constructor.name"], { input: "x" })
console.log(r.status, r.stdout.toString(), r.stderr.toString())
