function f() { g() }
function g() { throw new Error("größer ✓ 日本") }
f()
