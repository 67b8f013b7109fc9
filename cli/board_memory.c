// The memory of a virtual board. In: a booted board and the options. Out: a ta_memory_t that routes each class as --memory says,
// through an adapter that registers blocks of class DMA with the virtual chip, and a probe that counts and can refuse.
//
//     SRAM:  | firmware | arena (if chosen) | VM heap (unless in PSRAM) | port heap: TLSF over the rest |
//
// Invariant: the DMA may read exactly the blocks of class DMA that are out.

#include "board_memory.h"

#include "cli.h"

#include <string.h>

enum { VM_BLOCK_BYTES = 16 };

// ---- the adapter ---------------------------------------------------------------------------------------------------------

static void *registrar_alloc(ta_mem_t *mem, const ta_need_t *need)
{
    registrar_t *registrar = (registrar_t *)mem;
    void *block = registrar->inner->ops->alloc(registrar->inner, need);
    if (!block)
        return NULL;
    registrar->owner->allocs++;
    if (registrar->owner->on_chip && need->cls == TA_CLASS_DMA)
        chip_dma_allow(block, need->bytes, need->object);
    return block;
}

static void registrar_free(ta_mem_t *mem, void *block)
{
    registrar_t *registrar = (registrar_t *)mem;
    registrar->owner->frees++;
    if (registrar->owner->on_chip)
        chip_dma_forbid(block);
    registrar->inner->ops->free(registrar->inner, block);
}

static void registrar_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats)
{
    ta_mem_stats(((registrar_t *)mem)->inner, cls, stats);
}

static const ta_mem_ops_t registrar_ops = {.alloc = registrar_alloc, .free = registrar_free, .stats = registrar_stats};

static ta_mem_t *wrap(board_memory_t *memory, ta_mem_t *inner, const options_t *options)
{
    for (unsigned r = 0; r < memory->resources; r++) {
        if (memory->registrar[r].inner == inner)
            return &memory->probe[r].mem;
    }
    registrar_t *registrar = &memory->registrar[memory->resources];
    ta_mem_probe_t *probe = &memory->probe[memory->resources++];
    *registrar = (registrar_t){.mem = *inner, .inner = inner, .owner = memory};
    registrar->mem.ops = &registrar_ops;
    ta_mem_probe_init(probe, &registrar->mem, &memory->tries, options->fail_alloc);
    return &probe->mem;
}

// ---- the resources -------------------------------------------------------------------------------------------------------

static int take_arena(board_memory_t *memory)
{
    void *base = chip_sram_take(ARENA_BYTES);
    if (!base || ta_arena_init(&memory->arena, base, ARENA_BYTES, TA_CLASS_ALL) != TA_OK)
        return cli_say(CLI_USAGE, "--memory arena: %d bytes cannot be kept back on this board", ARENA_BYTES);
    return CLI_OK;
}

static int vm_too_large(const options_t *options, size_t there, const char *where)
{
    return cli_say(CLI_USAGE, "--vm-heap %lu: %s has %lu bytes of %s for it; give that or less",
                   (unsigned long)options->vm_heap_bytes, options->board->name, (unsigned long)there, where);
}

// What is there for it now.
static size_t vm_area(const chip_board_t *board, void **base)
{
    size_t there = 0;
    if (board->vm_heap_in_psram) {
        chip_psram(base, &there);
    } else {
        chip_sram_free(base, &there);
    }
    return there;
}

size_t board_memory_vm_room(const options_t *options)
{
    void *base = NULL;
    size_t there = vm_area(options->board, &base);
    size_t arena = options->memory == MEMORY_ARENA && !options->board->vm_heap_in_psram ? ARENA_BYTES : 0;
    return there < arena ? 0 : there - arena;
}

static int take_vm_heap(board_memory_t *memory, const options_t *options)
{
    const chip_board_t *board = options->board;
    void *base = NULL;
    uint32_t bytes = options->have_vm_heap ? options->vm_heap_bytes : board->vm_heap_bytes;
    memory->vm_in_psram = board->vm_heap_in_psram;
    size_t there = vm_area(board, &base);
    if (bytes > there && options->have_vm_heap)
        return vm_too_large(options, there, memory->vm_in_psram ? "PSRAM" : "SRAM");
    if (bytes > there)
        bytes = (uint32_t)there; // the arena took its part: a build with one has a smaller heap
    bytes = bytes / VM_BLOCK_BYTES * VM_BLOCK_BYTES;
    memory->vm_bytes = bytes;
    if (bytes && !memory->vm_in_psram)
        base = chip_sram_take(bytes);
    chip_vm_heap_init(&memory->vm, base, bytes, ta_chip_classes(board->chip, (uintptr_t)base, bytes));
    return CLI_OK;
}

static void make_port_heap(board_memory_t *memory)
{
    void *base = NULL;
    size_t bytes = 0;
    chip_sram_free(&base, &bytes);
    memory->port_bytes = bytes;
    ta_tlsf_init(&memory->port, NULL, NULL);
    if (bytes < TA_TLSF_REGION_BYTES_MIN || ta_tlsf_add(&memory->port, base, bytes, TA_CLASS_ALL) != TA_OK)
        memory->port.mem.classes = TA_CLASS_ALL; // it would serve them, had the VM left it anything
}

static ta_mem_t *resource_of(board_memory_t *memory, ta_resource_t resource)
{
    return resource == TA_RESOURCE_VM ? &memory->vm.mem : &memory->port.mem; // an empty one refuses by its name
}

int board_memory_build(board_memory_t *memory, const options_t *options)
{
    memset(memory, 0, sizeof *memory);
    memory->on_chip = true;
    int code = options->memory == MEMORY_ARENA ? take_arena(memory) : CLI_OK;
    if (code == CLI_OK)
        code = take_vm_heap(memory, options);
    if (code != CLI_OK)
        return code;
    make_port_heap(memory);
    const ta_platform_t *platform = ta_platform_find(options->board->chip, TA_HOST_MICROPYTHON);
    ta_platform_t all_vm = {.dma = TA_RESOURCE_VM, .fast = TA_RESOURCE_VM, .bulk = TA_RESOURCE_VM};
    ta_platform_t all_port = {.dma = TA_RESOURCE_TLSF, .fast = TA_RESOURCE_TLSF, .bulk = TA_RESOURCE_TLSF};
    if (options->memory == MEMORY_ARENA) {
        memory->memory = ta_memory_all(wrap(memory, &memory->arena.mem, options));
        return CLI_OK;
    }
    const ta_platform_t *row = options->memory == MEMORY_VM     ? &all_vm
                               : options->memory == MEMORY_PORT ? &all_port
                                                                : platform;
    memory->memory.dma = wrap(memory, resource_of(memory, row->dma), options);
    memory->memory.fast = wrap(memory, resource_of(memory, row->fast), options);
    memory->memory.bulk = wrap(memory, resource_of(memory, row->bulk), options);
    return CLI_OK;
}

int board_memory_build_desktop(board_memory_t *memory, const options_t *options)
{
    static _Alignas(TA_NEED_ALIGN_MAX) uint8_t bytes[DESKTOP_ARENA_BYTES]; // pages that are not used cost nothing
    memset(memory, 0, sizeof *memory);
    if (ta_arena_init(&memory->arena, bytes, sizeof bytes, TA_CLASS_ALL) != TA_OK)
        return cli_say(CLI_FAILED, "the arena cannot be made");
    memory->arena.mem.knob = "--buffer MS shorter";
    memory->memory = ta_memory_all(wrap(memory, &memory->arena.mem, options));
    return CLI_OK;
}

uint32_t board_memory_live(const board_memory_t *memory)
{
    return memory->allocs - memory->frees;
}

ta_mem_t *board_memory_inner(board_memory_t *memory, const ta_mem_t *routed)
{
    for (unsigned r = 0; r < memory->resources; r++) {
        if (routed == &memory->probe[r].mem)
            return memory->registrar[r].inner;
    }
    return NULL;
}
