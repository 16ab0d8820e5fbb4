require("timers/promises").setTimeout(1, "value").then(console.log)
