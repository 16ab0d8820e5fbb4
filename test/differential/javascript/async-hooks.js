const h = require("async_hooks")
console.log(h.executionAsyncId(), h.triggerAsyncId())
setImmediate(() => console.log(h.executionAsyncId() > 1))
