console.log("x")
throw new Error("y")
//# sourceMappingURL=main.js.map
