console.log("plain", typeof require)
