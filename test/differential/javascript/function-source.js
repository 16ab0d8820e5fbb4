function f(a) { /* comment */ return a }
console.log(f.toString(), String(class A { x = 1 }))
