console.log(arguments.length, typeof require, typeof exports, this === module.exports)
