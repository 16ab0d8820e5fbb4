(use-modules (ice-9 match)
             (ice-9 textual-ports)
             (srfi srfi-1))

(define (words text)
  (remove string-null? (string-split text char-whitespace?)))

(define (count-words words)
  (let ((counts (make-hash-table)))
    (for-each (lambda (word)
                (hash-set! counts word (1+ (hash-ref counts word 0))))
              words)
    (hash-map->list cons counts)))

(define (before? a b)
  (if (= (cdr a) (cdr b))
      (string<? (car a) (car b))
      (> (cdr a) (cdr b))))

(for-each (match-lambda
            ((word . count) (format #t "~a ~a~%" count word)))
          (sort (count-words (words (get-string-all (current-input-port)))) before?))
