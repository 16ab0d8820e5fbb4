console.log("bom")
throw new Error("x")
