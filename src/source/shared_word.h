// Private to src/source: words that one context writes and another reads.
//
// A store publishes what was written before it, a load sees what was published: a plain access and a barrier, also on
// Cortex-M0+, which has nothing atomic beyond that and needs no library call for it.
#ifndef TONEARM_SHARED_WORD_H
#define TONEARM_SHARED_WORD_H

/// The word as its writer last published it. Ctx: any. Cost: constant. Own: none. Fails: never.
#define TA_SHARED_GET(word) __atomic_load_n(&(word), __ATOMIC_ACQUIRE)

/// Publish. Ctx: the word's one writer. Cost: constant. Own: none. Fails: never.
#define TA_SHARED_SET(word, value) __atomic_store_n(&(word), (value), __ATOMIC_RELEASE)

#endif
