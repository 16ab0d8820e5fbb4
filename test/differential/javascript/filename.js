console.log(__filename, __dirname, require.main === module, module.id, module.paths, module.parent, module.children.length, module.loaded)
