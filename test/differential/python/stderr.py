import sys
print("out"); print("err", file=sys.stderr)
sys.stderr.write("ä")
print(sys.stdout.line_buffering, sys.stdout.write_through, sys.stderr.encoding, sys.stdout.errors)
