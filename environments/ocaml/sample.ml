module Counts = Map.Make (String)

let add counts word = Counts.update word (fun n -> Some (1 + Option.value n ~default:0)) counts

let rec read counts =
  match input_line stdin with
  | line -> read (List.fold_left add counts (Str.split (Str.regexp "[ \t]+") line))
  | exception End_of_file -> counts

let () =
  Counts.bindings (read Counts.empty)
  |> List.stable_sort (fun (_, m) (_, n) -> compare n m)
  |> List.iter (fun (word, n) -> Printf.printf "%d %s\n" n word)
