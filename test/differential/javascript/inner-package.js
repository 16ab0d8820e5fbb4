console.log(require("./inner"))
