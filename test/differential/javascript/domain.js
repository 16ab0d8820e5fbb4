const d = require("domain").create()
d.on("error", e => console.log("domain", e.message))
d.run(() => { throw new Error("x") })
