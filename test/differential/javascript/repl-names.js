console.log(typeof fs, typeof path, typeof repl)
