import sys
c = sys._getframe().f_code
print(c.co_filename, c.co_name, c.co_firstlineno, c.co_consts[:2], sys._getframe().f_back)
