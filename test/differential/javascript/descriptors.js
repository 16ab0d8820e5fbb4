const fs = require("fs")
for (const fd of fs.readdirSync("/proc/self/fd").map(Number).sort((a, b) => a - b)) { try { console.log(fd, fs.readlinkSync("/proc/self/fd/" + fd).replace(/\d+/g, "N")) } catch (e) { console.log(fd, e.code) } }
