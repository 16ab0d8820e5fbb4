PK = "PK\x03\x04"
print(PK.encode())
