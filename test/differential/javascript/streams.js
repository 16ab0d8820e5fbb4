console.log(process.stdout.isTTY, process.stdout.constructor.name, process.stdout.writableHighWaterMark, process.stderr.fd, process.stdout.columns)
