// Where the module's bytes come from. In: the platform table, the VM's heap, SRAM that is kept back from it. Out: a resource for each
// class. Invariants: a block of the VM's heap is pinned: a list that the collector follows leads to it until it is given back. The
// collector of MicroPython 1.25 looks into every block that it reaches, so it looks into these, too; it finds nothing there to keep but
// what frames happen to look like.

#include "shared.h"

#include "py/gc.h"
#include "py/mpstate.h"

// At the head of each block, since the collector knows blocks by their heads alone.
typedef struct vm_block {
    struct vm_block *next;
    void *lent;
    size_t bytes; // of the whole
} vm_block_t;

MP_REGISTER_ROOT_POINTER(struct vm_block *tonearm_blocks);

static ta_tlsf_t port_heap;

// ---- the VM's heap -------------------------------------------------------------------------------------------------------

static void *vm_alloc(ta_mem_t *mem, const ta_need_t *need)
{
    (void)mem;
    size_t bytes = sizeof(vm_block_t) + need->bytes + need->align - 1;
    vm_block_t *block = (vm_block_t *)(void *)m_new_maybe(uint64_t, (bytes + 7) / 8);
    if (!block)
        return NULL;
    uintptr_t lent = ((uintptr_t)(block + 1) + need->align - 1) & ~(uintptr_t)(need->align - 1);
    *block = (vm_block_t){.next = MP_STATE_VM(tonearm_blocks), .lent = (void *)lent, .bytes = (bytes + 7) / 8};
    MP_STATE_VM(tonearm_blocks) = block;
    if (need->cls == TA_CLASS_DMA)
        port_dma_block(block->lent, need->bytes, need->object);
    return block->lent;
}

static void vm_free(ta_mem_t *mem, void *lent)
{
    (void)mem;
    vm_block_t **link = &MP_STATE_VM(tonearm_blocks);
    while (*link && (*link)->lent != lent)
        link = &(*link)->next;
    TA_HARDEN(*link != NULL);
    vm_block_t *block = *link;
    *link = block->next;
    port_dma_block(lent, 0, NULL);
    m_del(uint64_t, block, block->bytes); // inside a collection it stays until the next one
}

static void vm_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats)
{
    (void)mem;
    (void)cls;
    gc_info_t info;
    gc_info(&info);
    *stats = (ta_mem_stats_t){.total = info.total, .used = info.used, .free = info.free};
    size_t run = info.max_free * MICROPY_BYTES_PER_GC_BLOCK;
    stats->largest = run > sizeof(vm_block_t) ? run - sizeof(vm_block_t) : 0;
    for (const vm_block_t *block = MP_STATE_VM(tonearm_blocks); block; block = block->next)
        stats->allocs++;
}

static const ta_mem_ops_t vm_ops = {.alloc = vm_alloc, .free = vm_free, .stats = vm_stats};
static ta_mem_t vm_heap = {
    .ops = &vm_ops, .name = "VM heap", .knob = "let go of objects, or choose a shorter buffer_ms"};

// What all of its memory may serve: the collector does not choose.
static unsigned vm_classes(void)
{
    unsigned classes = TA_CLASS_ALL;
#if MICROPY_GC_SPLIT_HEAP
    for (const mp_state_mem_area_t *area = &MP_STATE_MEM(area); area; area = area->next)
#else
    const mp_state_mem_area_t *area = &MP_STATE_MEM(area);
#endif
    {
        const byte *pool = area->gc_pool_start;
        classes &= ta_chip_classes(port_chip(), (uintptr_t)pool, (size_t)(area->gc_pool_end - pool));
    }
    return classes | TA_CLASS_BULK;
}

// ---- SRAM that is kept back ----------------------------------------------------------------------------------------------

static void *kept_alloc(ta_mem_t *mem, const ta_need_t *need)
{
    (void)mem;
    void *block = port_heap.mem.ops->alloc(&port_heap.mem, need);
    if (block && need->cls == TA_CLASS_DMA)
        port_dma_block(block, need->bytes, need->object);
    return block;
}

static void kept_free(ta_mem_t *mem, void *block)
{
    (void)mem;
    port_dma_block(block, 0, NULL);
    port_heap.mem.ops->free(&port_heap.mem, block);
}

static void kept_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats)
{
    (void)mem;
    port_heap.mem.ops->stats(&port_heap.mem, cls, stats);
}

static const ta_mem_ops_t kept_ops = {.alloc = kept_alloc, .free = kept_free, .stats = kept_stats};
static ta_mem_t kept = {.ops = &kept_ops,
                        .name = "SRAM kept back",
                        .knob = "choose a shorter buffer_ms, or build with more TONEARM_SRAM_BYTES",
                        .classes = TA_CLASS_DMA | TA_CLASS_FAST};

size_t memory_kept_back(void)
{
    void *base = NULL;
    size_t bytes = 0;
    port_kept_back(&base, &bytes);
    return bytes;
}

static void make_port_heap(void)
{
    void *base = NULL;
    size_t bytes = 0;
    if (port_heap.mem.ops)
        return;
    port_kept_back(&base, &bytes);
    ta_tlsf_init(&port_heap, kept.name, kept.knob);
    if (bytes < TA_TLSF_REGION_BYTES_MIN || ta_tlsf_add(&port_heap, base, bytes, kept.classes) != TA_OK)
        port_heap.mem.classes = kept.classes; // it would serve them, had the build kept anything back
}

// ---- routes --------------------------------------------------------------------------------------------------------------

static ta_mem_t *route(ta_resource_t resource, ta_class_t cls)
{
    return resource == TA_RESOURCE_VM && (vm_heap.classes & cls) ? &vm_heap : &kept;
}

ta_memory_t memory_routes(void)
{
    make_port_heap();
    vm_heap.classes = vm_classes();
    const ta_platform_t *row = ta_platform_find(port_chip(), TA_HOST_MICROPYTHON);
    return (ta_memory_t){.dma = route(row->dma, TA_CLASS_DMA),
                         .fast = route(row->fast, TA_CLASS_FAST),
                         .bulk = route(row->bulk, TA_CLASS_BULK)};
}
