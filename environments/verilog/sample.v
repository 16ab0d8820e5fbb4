// Counts words of up to 16 letters.
module sample;
  localparam STDIN = 32'h8000_0000;
  localparam MAX_WORDS = 1000;

  reg [16*8-1:0] words [0:MAX_WORDS-1];
  reg [16*8-1:0] word, other;
  integer counts [0:MAX_WORDS-1];
  integer size, i, j, count;

  initial begin
    size = 0;
    while ($fscanf(STDIN, "%s", word) == 1) begin
      for (i = 0; i < size && words[i] != word; i = i + 1);
      if (i == size) begin
        words[i] = word;
        counts[i] = 0;
        size = size + 1;
      end
      counts[i] = counts[i] + 1;
    end

    for (i = 0; i < size; i = i + 1) begin
      for (j = i + 1; j < size; j = j + 1)
        if (comes_first(j, i)) begin
          other = words[i]; words[i] = words[j]; words[j] = other;
          count = counts[i]; counts[i] = counts[j]; counts[j] = count;
        end
      $display("%0d %0s", counts[i], words[i]);
    end
    $finish(0);
  end

  // A word stands at the right of its bits: for the order of letters it is moved to the left.
  function automatic [16*8-1:0] leftmost(input [16*8-1:0] text);
    begin
      leftmost = text;
      while (leftmost[16*8-1 -: 8] == 0) leftmost = leftmost << 8;
    end
  endfunction

  function automatic comes_first(input integer a, input integer b);
    if (counts[a] != counts[b]) comes_first = counts[a] > counts[b];
    else comes_first = leftmost(words[a]) < leftmost(words[b]);
  endfunction
endmodule
