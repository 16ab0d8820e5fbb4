new Buffer(3)
process.emitWarning("careful", "Custom")
