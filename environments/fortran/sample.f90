program sample
  implicit none
  integer, parameter :: max_words = 1000, max_length = 64
  character(len=max_length) :: words(max_words), word
  character(len=4096) :: line
  integer :: counts(max_words), size, status, from, to, i, best

  size = 0
  counts = 0
  do
    read (*, '(a)', iostat=status) line
    if (status /= 0) exit
    line = adjustl(line)
    do while (len_trim(line) > 0)
      to = index(line, ' ')
      call add(line(:to - 1))
      line = adjustl(line(to:))
    end do
  end do

  ! A selection sort: the first of what is left is printed, and taken out.
  do from = 1, size
    best = from
    do i = from + 1, size
      if (comes_first(i, best)) best = i
    end do
    print '(i0, 1x, a)', counts(best), trim(words(best))
    words(best) = words(from)
    counts(best) = counts(from)
  end do

contains

  subroutine add(text)
    character(len=*), intent(in) :: text

    word = text
    do i = 1, size
      if (words(i) == word) exit
    end do
    if (i > size) then
      size = i
      words(i) = word
    end if
    counts(i) = counts(i) + 1
  end subroutine add

  logical function comes_first(a, b)
    integer, intent(in) :: a, b

    comes_first = counts(a) > counts(b) .or. (counts(a) == counts(b) .and. words(a) < words(b))
  end function comes_first

end program sample
