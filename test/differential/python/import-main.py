import importlib
if __name__ == "__main__":
    m = importlib.import_module("main")
    print(m.__name__, m.__file__)
else:
    print("imported as", __name__)
