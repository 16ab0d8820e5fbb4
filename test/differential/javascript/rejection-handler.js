process.on("unhandledRejection", (e, p) => console.log("caught", e.message, p))
Promise.reject(new Error("x"))
