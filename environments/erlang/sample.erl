-module(sample).
-export([main/1]).

main(_) ->
    Counts = count_lines(#{}),
    Sorted = lists:sort([{-Count, Word} || {Word, Count} <- maps:to_list(Counts)]),
    [io:format("~b ~s~n", [-Count, Word]) || {Count, Word} <- Sorted].

count_lines(Counts) ->
    case io:get_line("") of
        eof -> Counts;
        Line -> count_lines(lists:foldl(fun add/2, Counts, string:lexemes(Line, " \n")))
    end.

add(Word, Counts) ->
    maps:update_with(Word, fun(Count) -> Count + 1 end, 1, Counts).
