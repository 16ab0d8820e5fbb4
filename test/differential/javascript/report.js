console.log(process.report.filename, process.report.directory, process.report.signal)
