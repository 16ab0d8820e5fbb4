console.log(process.ppid, require("os").getPriority(), process.debugPort, require("os").hostname(), require("os").cpus().length, require("os").homedir())
