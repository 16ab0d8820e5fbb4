"""the module's own"""
print(__doc__, __annotations__ if "__annotations__" in globals() else None)
x: int = 1
print(__annotations__)
