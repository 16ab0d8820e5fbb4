process.on("uncaughtException", (e, o) => { console.log(e.message, o); process.exitCode = 3 })
null.x
