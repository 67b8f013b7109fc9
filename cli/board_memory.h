// The memory of a virtual board, as its firmware would have it: the VM's heap, what it leaves, and a piece kept back.
#ifndef TONEARM_CLI_BOARD_MEMORY_H
#define TONEARM_CLI_BOARD_MEMORY_H

#include "options.h"
#include "tonearm/memory.h"
#include "tonearm/tlsf.h"

enum { ARENA_BYTES = 32768, DESKTOP_ARENA_BYTES = 4 << 20, RESOURCES = 3 };

// Registers what it hands out with the virtual DMA, and counts.
typedef struct {
    ta_mem_t mem;
    ta_mem_t *inner;
    struct board_memory *owner;
} registrar_t;

typedef struct board_memory {
    chip_vm_heap_t vm;
    ta_tlsf_t port;
    ta_arena_t arena;
    registrar_t registrar[RESOURCES];
    ta_mem_probe_t probe[RESOURCES];
    unsigned resources; // of the two above in use
    ta_memory_t memory; // routed: what drivers are given
    uint32_t tries;     // allocations tried
    uint32_t allocs;    // allocations made
    uint32_t frees;     // blocks given back
    uint32_t vm_bytes;  // size of the VM's heap
    bool vm_in_psram;
    size_t port_bytes; // what it leaves of SRAM
    bool on_chip;
} board_memory_t;

// On the board that has been booted. Returns CLI_OK, or CLI_USAGE after a sentence (a VM heap that does not fit).
int board_memory_build(board_memory_t *memory, const options_t *options);

// On the board that has just been booted: the largest VM heap that there is room for.
size_t board_memory_vm_room(const options_t *options);

// For pins without a board: one arena.
int board_memory_build_desktop(board_memory_t *memory, const options_t *options);

// The resource itself, without adapter and probe; NULL for NULL.
ta_mem_t *board_memory_inner(board_memory_t *memory, const ta_mem_t *routed);

// Blocks that are out.
uint32_t board_memory_live(const board_memory_t *memory);

#endif
