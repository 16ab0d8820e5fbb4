require("./broken")
