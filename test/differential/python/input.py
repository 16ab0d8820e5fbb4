print(input("? "))
try:
    while True: print(repr(input()))
except EOFError as e:
    print("end", e)
