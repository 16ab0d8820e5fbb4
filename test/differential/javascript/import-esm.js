import("./other.mjs").then(m => console.log(m.default, m.url)).catch(e => console.log(e.message))
