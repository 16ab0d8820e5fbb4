console.log(require("assert").strict.equal(1, 1))
require("assert").deepEqual({ a: 1 }, { a: 2 })
