print("crlf")
if True:
    print("""a
b""".encode())
1/0
