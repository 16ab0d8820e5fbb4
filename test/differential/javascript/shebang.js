#!/usr/bin/env node
console.log("shebang")
throw new Error("line 3")
