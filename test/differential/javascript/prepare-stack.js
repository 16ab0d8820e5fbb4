Error.prepareStackTrace = (e, s) => s.map(c => [c.getFileName(), c.getLineNumber(), c.getColumnNumber()])
console.log(new Error().stack)
