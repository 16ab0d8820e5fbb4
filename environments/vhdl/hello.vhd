use std.textio.all;

entity hello is
end entity;

architecture behavior of hello is
begin
  process
  begin
    write(output, "Hello, world!" & LF);
    wait;
  end process;
end architecture;
