const a = new Int32Array(new SharedArrayBuffer(4))
console.log(Atomics.wait(a, 0, 0, 5), Atomics.add(a, 0, 3), a[0])
