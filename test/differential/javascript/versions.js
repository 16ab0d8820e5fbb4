console.log(process.version, process.versions, process.arch, process.platform)
