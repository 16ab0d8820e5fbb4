try:
    with open("big", "wb") as f:
        f.truncate(10 ** 12)
except OSError as error:
    print(error)
