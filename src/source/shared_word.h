// Private to src/source: words that one context writes and another reads.
//
// A store publishes what was written before it, a load sees what was published: a plain access of an aligned word, and a barrier.
// Cortex-M0+ has nothing atomic beyond that. Compilers write it themselves where they know that it is enough; clang for that
// processor does not, and would call a library.
#ifndef TONEARM_SHARED_WORD_H
#define TONEARM_SHARED_WORD_H

#if defined(__clang__) && defined(__ARM_ARCH_6M__)

#define TA_SHARED_GET(word)                                                                                            \
    __extension__({                                                                                                    \
        __typeof__(word) shared_value = (word);                                                                        \
        __atomic_thread_fence(__ATOMIC_ACQUIRE);                                                                       \
        shared_value;                                                                                                  \
    })
#define TA_SHARED_SET(word, value)                                                                                     \
    do {                                                                                                               \
        __atomic_thread_fence(__ATOMIC_RELEASE);                                                                       \
        (word) = (value);                                                                                              \
    } while (0)

#else

/// The word as its writer last published it. Ctx: any. Cost: constant. Own: none. Fails: never.
#define TA_SHARED_GET(word)        __atomic_load_n(&(word), __ATOMIC_ACQUIRE)

/// Publish. Ctx: the word's one writer. Cost: constant. Own: none. Fails: never.
#define TA_SHARED_SET(word, value) __atomic_store_n(&(word), (value), __ATOMIC_RELEASE)

#endif

/// Between a store and a load of another word: whoever does the same with both the other way round sees one of the two stores. So the feed says what it is about to
/// touch and looks whether it still may, while the task says that it may not and looks whether it does. Ctx: any. Cost: a barrier. Own: none. Fails: never.
#define TA_SHARED_CROSS() __atomic_thread_fence(__ATOMIC_SEQ_CST)

#endif
