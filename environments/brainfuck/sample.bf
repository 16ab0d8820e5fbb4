Reads a line up to its end and prints it backwards

,----------             a cell is ten less than its letter
[>,----------]          so that the loop ends at the newline
<[++++++++++.<]         and back to the empty cell at the left
++++++++++.
