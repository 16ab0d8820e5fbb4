console.log(require("#inside"))
