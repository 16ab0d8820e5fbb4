console.log(process.moduleLoadList.filter(n => !n.startsWith("NativeModule internal/process/pre")).sort())
