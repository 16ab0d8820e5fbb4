require("./missing")
