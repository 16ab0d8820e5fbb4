import("./unsettled.mjs")
