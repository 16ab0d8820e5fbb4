const w = require("worker_threads")
if (w.isMainThread) new w.Worker(__filename, { workerData: 5 }).on("message", m => console.log(m)).on("exit", c => console.log("exit", c))
else w.parentPort.postMessage([w.workerData, __filename])
