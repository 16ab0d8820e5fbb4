import("./missing.mjs").catch(e => console.log(e.code, e.message))
