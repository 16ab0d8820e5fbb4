import("./inner/index.js").then(m => console.log(m.default))
