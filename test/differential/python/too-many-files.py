fs = []
try:
    while True: fs.append(open("/dev/null"))
except OSError as error:
    print(len(fs), error)
