// A file's bytes in read-only memory, which on a chip is flash: from EMBED_NAME to EMBED_NAME_end, word-aligned.
// In C: extern const uint8_t name[], name_end[];

#define EMBED_GLUE(a, b)  a##b
#define EMBED_JOIN(a, b)  EMBED_GLUE(a, b)
#define EMBED_END         EMBED_JOIN(EMBED_NAME, _end)

    .section .rodata.embedded, "a"
    .balign 4
    .global EMBED_NAME
    .global EMBED_END
EMBED_NAME:
    .incbin EMBED_FILE
EMBED_END:
    .balign 4
#if defined(__ELF__) && !defined(__arm__)
    .section .note.GNU-stack, "", %progbits
#endif
