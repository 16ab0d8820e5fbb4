say 'Hello, world!'
