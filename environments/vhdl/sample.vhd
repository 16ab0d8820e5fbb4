use std.textio.all;

entity sample is
end entity;

architecture behavior of sample is
  constant max_words : positive := 1000;
  constant max_length : positive := 64;

  type entry is record
    word   : string(1 to max_length);
    length : natural;
    count  : natural;
  end record;
  type entries_type is array (1 to max_words) of entry;

  function comes_first(a, b : entry) return boolean is
  begin
    if a.count /= b.count then
      return a.count > b.count;
    end if;
    return a.word(1 to a.length) < b.word(1 to b.length);
  end function;
begin
  process
    variable entries : entries_type;
    variable size    : natural := 0;
    variable text    : line;

    procedure add(word : string) is
    begin
      for i in 1 to size loop
        if entries(i).word(1 to entries(i).length) = word then
          entries(i).count := entries(i).count + 1;
          return;
        end if;
      end loop;
      size := size + 1;
      entries(size).word(1 to word'length) := word;
      entries(size).length := word'length;
      entries(size).count := 1;
    end procedure;

    procedure add_words(text : string) is
      variable first : positive := text'left;
    begin
      for i in text'range loop
        if text(i) = ' ' then
          if first < i then
            add(text(first to i - 1));
          end if;
          first := i + 1;
        end if;
      end loop;
      if first <= text'right then
        add(text(first to text'right));
      end if;
    end procedure;

    variable other : entry;
  begin
    while not endfile(input) loop
      readline(input, text);
      add_words(text.all);
    end loop;

    for i in 1 to size loop
      for j in i + 1 to size loop
        if comes_first(entries(j), entries(i)) then
          other := entries(i);
          entries(i) := entries(j);
          entries(j) := other;
        end if;
      end loop;
      write(output, integer'image(entries(i).count) & " " & entries(i).word(1 to entries(i).length) & LF);
    end loop;
    wait;
  end process;
end architecture;
