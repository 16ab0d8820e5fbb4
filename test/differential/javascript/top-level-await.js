import("./await.mjs").then(m => console.log(m.value))
