// Two threads at the VM's heap take turns: turns.c.
#ifndef TONEARM_MICROPYTHON_UNIX_TURNS_H
#define TONEARM_MICROPYTHON_UNIX_TURNS_H

/// Around each call of the heap: a collection of another thread's ends first. They nest.
void turns_enter(void);
void turns_leave(void);
/// Around a collection; those that have waited for it come first.
void turns_collection_begins(void);
void turns_collection_ends(void);

#endif
