#lang racket

(define words (string-split (port->string)))

(define counts
  (for/fold ([counts (hash)]) ([word words])
    (hash-update counts word add1 0)))

(define (before? a b)
  (match-define (cons (cons word-a count-a) (cons word-b count-b)) (cons a b))
  (if (= count-a count-b)
      (string<? word-a word-b)
      (> count-a count-b)))

(for ([entry (sort (hash->list counts) before?)])
  (printf "~a ~a\n" (cdr entry) (car entry)))
