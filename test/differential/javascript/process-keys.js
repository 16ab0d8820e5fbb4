console.log(Object.keys(process).sort(), process.release.name, process.config.variables.napi_build_version, process.features)
