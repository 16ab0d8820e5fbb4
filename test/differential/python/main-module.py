import __main__, sys
print(__main__ is sys.modules["__main__"], sorted(vars(__main__)), __main__.__spec__, __main__.__loader__.__class__, __main__.__cached__, __main__.__package__)
