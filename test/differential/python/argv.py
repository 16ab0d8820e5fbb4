import sys
print(sys.argv, sys.orig_argv, __file__, __name__)
