// Tables of effects that the task replaces while the feed reads them. In: bytes from the task. Out: a whole table for the feed, the newest
// or the one before. Invariants: the task writes `written` and `sequence` only, the feed the rest; a copy counts only if the sequence was even before it and
// the same after it, so that no mixture of two tables is ever live.

#include "tonearm/fx.h"

#include "shared_word.h"

#include <string.h>

static size_t words_for(size_t bytes)
{
    return (bytes + 7) / 8 * 2; // pointers in each copy are aligned
}

size_t ta_fx_table_bytes(size_t bytes)
{
    return 3 * words_for(bytes) * sizeof(uint32_t);
}

void ta_fx_table_init(ta_fx_table_t *table, size_t bytes, void *storage)
{
    size_t words = words_for(bytes);
    memset(storage, 0, ta_fx_table_bytes(bytes));
    *table = (ta_fx_table_t){.written = storage, .words = (uint32_t)words};
    table->copied = table->written + words;
    table->live = table->copied + words;
}

// Word by word, and not to be made memcpy: the other side may look at the same time.
static void copy(volatile uint32_t *to, const volatile uint32_t *from, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        to[w] = from[w];
}

void ta_fx_table_put(ta_fx_table_t *table, const void *data, size_t bytes)
{
    const uint8_t *from = data;
    size_t room = table->words * sizeof(uint32_t);
    bytes = bytes < room ? bytes : room;
    TA_SHARED_SET(table->sequence, table->sequence + 1U);
    __atomic_thread_fence(__ATOMIC_RELEASE); // odd before the first word
    volatile uint32_t *to = table->written;
    for (size_t w = 0; w < table->words; w++) {
        uint32_t word = 0;
        size_t at = w * sizeof word;
        if (at < bytes)
            memcpy(&word, from + at, bytes - at < sizeof word ? bytes - at : sizeof word);
        to[w] = word;
    }
    TA_SHARED_SET(table->sequence, table->sequence + 1U);
}

bool ta_fx_table_take(ta_fx_table_t *table)
{
    uint32_t sequence = TA_SHARED_GET(table->sequence);
    if (sequence == table->taken || (sequence & 1) != 0)
        return false;
    copy(table->copied, table->written, table->words);
    __atomic_thread_fence(__ATOMIC_ACQUIRE); // the last word before the second look
    if (TA_SHARED_GET(table->sequence) != sequence)
        return false; // next tick
    uint32_t *newest = table->copied;
    table->copied = table->live; // as it was, until there is another
    table->live = newest;
    TA_SHARED_SET(table->taken, sequence);
    return true;
}

bool ta_fx_table_settled(const ta_fx_table_t *table)
{
    return TA_SHARED_GET(table->taken) == table->sequence;
}
