# coding: ascii
print("ä")
