x = []
try:
    x.append(bytearray(1 << 50))
except MemoryError as error:
    print("memory", error)
