console.log(require.resolve("./main.js"), Object.keys(require.cache), Object.keys(require.extensions))
