process.stdout.write(Buffer.from(Array.from({ length: 25600 }, (_, i) => i % 256)))
