console.log(require("./helper"), require("./data.json"), require("./folder"))
