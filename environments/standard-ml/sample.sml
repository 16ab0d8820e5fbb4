(* A list of words with their counts, sorted by word. *)
fun add (word, []) = [(word, 1)]
  | add (word, (first, count) :: rest) =
      case String.compare (word, first) of
        LESS => (word, 1) :: (first, count) :: rest
      | EQUAL => (first, count + 1) :: rest
      | GREATER => (first, count) :: add (word, rest);

(* Where counts are equal the order stays. *)
fun insert (entry, []) = [entry]
  | insert (entry as (_, count), (next as (_, other)) :: rest) =
      if count >= other then entry :: next :: rest
      else next :: insert (entry, rest);

val words = String.tokens Char.isSpace (TextIO.inputAll TextIO.stdIn);
val counts = List.foldr insert [] (List.foldl add [] words);
val () = app (fn (word, count) => print (Int.toString count ^ " " ^ word ^ "\n")) counts;
