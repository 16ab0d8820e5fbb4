const { createRequire, builtinModules } = require("module")
console.log(createRequire(__filename)("./helper"), builtinModules.length)
