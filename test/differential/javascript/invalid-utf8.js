console.log("ÿþ".length)
