module hello;
  initial begin
    $display("Hello, world!");
    $finish(0);
  end
endmodule
