.( Hello, world!) cr
