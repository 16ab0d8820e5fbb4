; Counts words, with the help of the C library.

        global  main
        extern  printf, qsort, scanf, strcmp, strcpy

max_words: equ  1000
size:   equ     64                      ; of an entry: 4 bytes of count, then the word
word_at: equ    4

        section .text
main:   push    rbx
        push    r12
        push    r13
        xor     r12d, r12d              ; r12: how many entries there are

.read:  lea     rdi, [rel word_format]
        lea     rsi, [rel current]
        xor     eax, eax
        call    scanf
        cmp     eax, 1
        jne     .sort

        xor     r13d, r13d              ; r13: the entry to look at
        lea     rbx, [rel entries]
.find:  cmp     r13, r12
        je      .new
        lea     rdi, [rbx + word_at]
        lea     rsi, [rel current]
        call    strcmp
        test    eax, eax
        jz      .count
        inc     r13
        add     rbx, size
        jmp     .find

.new:   cmp     r12, max_words
        je      .full
        inc     r12
        lea     rdi, [rbx + word_at]
        lea     rsi, [rel current]
        call    strcpy
.count: inc     dword [rbx]
        jmp     .read

.sort:  lea     rdi, [rel entries]
        mov     rsi, r12
        mov     edx, size
        lea     rcx, [rel compare]
        call    qsort

        lea     rbx, [rel entries]
.print: test    r12, r12
        jz      .done
        lea     rdi, [rel line_format]
        mov     esi, [rbx]
        lea     rdx, [rbx + word_at]
        xor     eax, eax
        call    printf
        add     rbx, size
        dec     r12
        jmp     .print

.full:  mov     eax, 1
        jmp     .end
.done:  xor     eax, eax
.end:   pop     r13
        pop     r12
        pop     rbx
        ret

; The higher count first; among equals, by word.
compare:
        mov     eax, [rsi]
        sub     eax, [rdi]
        jnz     .differ
        add     rdi, word_at
        add     rsi, word_at
        jmp     strcmp
.differ: ret

        section .rodata
word_format: db "%59s", 0
line_format: db "%d %s", 10, 0

        section .bss
current: resb    size
entries: resb   size * max_words

        section .note.GNU-stack noalloc noexec nowrite progbits
