identification division.
program-id. sample.

environment division.
input-output section.
file-control.
    select words-in assign to keyboard organization is line sequential.

data division.
file section.
fd words-in.
01 in-line pic x(1000).

working-storage section.
01 at-end       pic 9 value 0.
01 position-now pic 9(4) comp.
01 word         pic x(60).
01 size-now     pic 9(4) comp value 0.
01 entries.
   05 entry-now occurs 0 to 1000 times depending on size-now indexed by i.
      10 entry-count pic 9(4) comp.
      10 entry-word  pic x(60).
01 shown        pic zzz9.

procedure division.
    open input words-in
    perform until at-end = 1
        read words-in
            at end move 1 to at-end
            not at end perform count-words
        end-read
    end-perform
    close words-in

    sort entry-now on descending key entry-count on ascending key entry-word

    perform varying i from 1 by 1 until i > size-now
        move entry-count(i) to shown
        display function trim(shown) " " function trim(entry-word(i))
    end-perform
    stop run.

count-words.
    move 1 to position-now
    perform until position-now > function length(function trim(in-line trailing))
        unstring in-line delimited by all space into word with pointer position-now
        if word not = spaces perform count-word end-if
    end-perform.

count-word.
    set i to 1
    search entry-now
        at end
            add 1 to size-now
            move 1 to entry-count(size-now)
            move word to entry-word(size-now)
        when entry-word(i) = word
            add 1 to entry-count(i)
    end-search.
