#!/usr/bin/python3 -u
print("shebang")
