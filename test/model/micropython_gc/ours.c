// The random program of scenario.h on our model, chip/vm_heap.c.

#include "chip/chip.h"
#include "scenario.h"

static chip_vm_heap_t heap;

static void heap_init(void *base, size_t bytes)
{
    chip_vm_heap_init(&heap, base, bytes, TA_CLASS_ALL);
    heap.more_root = scenario.root;
    heap.more_roots = SCENARIO_ROOTS;
}

static void *heap_alloc(size_t bytes)
{
    return chip_vm_heap_alloc(&heap, bytes);
}

static void heap_free(void *block)
{
    chip_vm_heap_free(&heap, block);
}

static void *heap_realloc(void *block, size_t bytes, bool allow_move)
{
    return chip_vm_heap_realloc(&heap, block, bytes, allow_move);
}

static void heap_collect(void)
{
    chip_vm_heap_collect(&heap);
}

static void heap_info(size_t *used, size_t *free, size_t *largest)
{
    ta_mem_stats_t stats;
    ta_mem_stats(&heap.mem, TA_CLASS_BULK, &stats);
    *used = stats.used;
    *free = stats.free;
    *largest = stats.largest / 16;
}

int main(int argc, char **argv)
{
    return scenario_main(argc, argv);
}
