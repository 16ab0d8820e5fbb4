a = {"b": {"c": None}}
print(a["b"]["c"]["d"] + a["x"])
