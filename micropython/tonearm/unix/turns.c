// Turns at the VM's heap. In: two threads that allocate and collect. Out: none of them waits for ever for the other.
//
// The unix port has no global lock; a mutex keeps the heap, and whoever has just given a mutex back is the first to have it again. So a thread
// that does nothing but collect would keep another on the other core from its next allocation, thousands of collections long. Here whoever
// finds a collection in progress stands at the door, awake, since going to sleep and waking takes longer than the collection; and whoever
// has collected lets those at the door pass first. Invariant: nobody stays for more than TRIES turns of the processor, whatever the other
// does: the mutex alone keeps the heap, and this is no lock.

#include "turns.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { TRIES = 2000 };

static atomic_uint collecting;             // collections in progress
static atomic_uint wanting;                // threads that are at the heap, or wait for it
static atomic_uint passed;                 // times that one has left it
static _Thread_local unsigned depth, mine; // this thread's: calls of the heap, one in another; collections

static bool others_collect(void)
{
    return atomic_load(&collecting) != (mine > 0);
}

static bool others_want(void)
{
    return atomic_load(&wanting) != (depth > 0);
}

void turns_enter(void)
{
    if (depth++)
        return;
    atomic_fetch_add(&wanting, 1);
    for (unsigned tries = 0; tries < TRIES && others_collect(); tries++)
        (void)sched_yield();
}

void turns_leave(void)
{
    if (--depth)
        return;
    atomic_fetch_add(&passed, 1);
    atomic_fetch_sub(&wanting, 1);
}

void turns_collection_begins(void)
{
    turns_enter();
    if (!mine++)
        atomic_fetch_add(&collecting, 1);
}

void turns_collection_ends(void)
{
    if (!--mine)
        atomic_fetch_sub(&collecting, 1);
    turns_leave();
    unsigned before = atomic_load(&passed);
    for (unsigned tries = 0; tries < TRIES && !mine && others_want() && atomic_load(&passed) == before; tries++)
        (void)sched_yield();
}
