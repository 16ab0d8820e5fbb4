throw { code: 7, nested: [1, { a: 2 }] }
