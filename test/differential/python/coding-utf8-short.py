# coding: utf8
print("ä")
1/0
