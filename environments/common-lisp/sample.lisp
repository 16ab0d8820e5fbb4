(defun words (line)
  (loop for start = (position #\Space line :test-not #'char=)
          then (position #\Space line :test-not #'char= :start end)
        while start
        for end = (or (position #\Space line :start start) (length line))
        collect (subseq line start end)))

(defun before-p (a b)
  (if (= (cdr a) (cdr b))
      (string< (car a) (car b))
      (> (cdr a) (cdr b))))

(let ((counts (make-hash-table :test #'equal)))
  (loop for line = (read-line *standard-input* nil)
        while line
        do (dolist (word (words line))
             (incf (gethash word counts 0))))
  (loop for (word . count) in (sort (loop for word being the hash-keys of counts using (hash-value count)
                                          collect (cons word count))
                                    #'before-p)
        do (format t "~d ~a~%" count word)))
