debugger
console.log(require("inspector").url())
