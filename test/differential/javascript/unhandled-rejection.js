Promise.reject(new Error("unhandled"))
console.log("after")
