(let [words  (re-seq #"\S+" (slurp *in*))
      counts (frequencies words)]
  (doseq [[word n] (sort-by (fn [[word n]] [(- n) word]) counts)]
    (println n word)))
