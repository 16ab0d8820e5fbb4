Promise.reject(42)
