const { AsyncLocalStorage } = require("async_hooks")
const s = new AsyncLocalStorage()
s.run(7, () => setImmediate(() => console.log(s.getStore())))
