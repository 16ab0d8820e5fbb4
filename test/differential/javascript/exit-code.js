process.exitCode = 42
process.on("exit", c => console.log("exit", c))
