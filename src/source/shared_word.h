// Private to src/source: words that one context writes and another reads.
//
// A store publishes what was written before it, a load sees what was published: a plain access of a volatile, aligned word, and
// a barrier. Cortex-M0+ has nothing atomic beyond that. The compiler's atomic load and store would be the same with gcc, but
// clang calls a library for them on that processor.
#ifndef TONEARM_SHARED_WORD_H
#define TONEARM_SHARED_WORD_H

/// The word as its writer last published it. Ctx: any. Cost: constant. Own: none. Fails: never.
#define TA_SHARED_GET(word)                                                                                            \
    __extension__({                                                                                                    \
        __typeof__(word) shared_value = (word);                                                                        \
        __atomic_thread_fence(__ATOMIC_ACQUIRE);                                                                       \
        shared_value;                                                                                                  \
    })

/// Publish. Ctx: the word's one writer. Cost: constant. Own: none. Fails: never.
#define TA_SHARED_SET(word, value)                                                                                     \
    do {                                                                                                               \
        __atomic_thread_fence(__ATOMIC_RELEASE);                                                                       \
        (word) = (value);                                                                                              \
    } while (0)

#endif
