try { require("fs").truncateSync("main.js", 1e12) } catch (e) { console.log(e.code) }
