console.log(require("dependency"))
