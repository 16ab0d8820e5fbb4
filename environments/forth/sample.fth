\ Counts words. An entry is a count, a length and the letters of the word.

64 constant max-length
1000 constant max-words
: entry-size  2 cells max-length + ;

create entries  max-words entry-size * allot
variable size

: entry ( n -- a )  entry-size * entries + ;
: word-of ( a -- c-addr u )  cell+ dup cell+ swap @ ;

: add ( c-addr u -- )
  max-length min
  size @ 0 ?do
    2dup i entry word-of compare 0= if  1 i entry +! 2drop unloop exit  then
  loop
  size @ entry  1 over !  cell+ 2dup !  cell+ swap move
  1 size +! ;

: add-words ( c-addr u -- )
  begin  bl skip dup while  2dup bl scan  2swap 2 pick - add  repeat  2drop ;

: read-words ( -- )
  begin  pad 1000 stdin read-line throw  while  pad swap add-words  repeat  drop ;

: before? ( a b -- flag )
  over @ over @ 2dup <> if  > nip nip exit  then  2drop
  >r word-of r> word-of compare 0< ;

create spare  entry-size allot
: exchange ( a b -- )
  over spare entry-size move  2dup swap entry-size move  nip spare swap entry-size move ;

: sort-words ( -- )
  size @ 0 ?do
    size @ i ?do
      i entry j entry before? if  i entry j entry exchange  then
    loop
  loop ;

: show-words ( -- )
  size @ 0 ?do  i entry dup @ 0 .r space word-of type cr  loop ;

read-words sort-words show-words
