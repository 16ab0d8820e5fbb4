console.log("crlf")
console.log(`a
b`.length)
throw new Error("x")
