fetch.toString()
console.log(typeof fetch, typeof structuredClone)
