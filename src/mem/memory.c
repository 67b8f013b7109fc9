// Classes, resources and refusals. In: needs. Out: blocks, or a failure with everything that its sentence wants.
// Invariant: a refused request changes nothing but the resource's count of failures.

#include "need.h"

#include <stdio.h>
#include <string.h>

_Static_assert(TA_SENTENCE_MAX >= 64, "a sentence cut to less says nothing: TA_CFG_SENTENCE_BYTES is too small");

#define NO_RESOURCE "no resource"

const char *ta_class_name(ta_class_t cls)
{
    switch (cls) {
    case TA_CLASS_DMA:
        return "DMA";
    case TA_CLASS_FAST:
        return "FAST";
    case TA_CLASS_BULK:
        return "BULK";
    }
    return "?";
}

ta_mem_t *ta_memory_route(const ta_memory_t *memory, ta_class_t cls)
{
    switch (cls) {
    case TA_CLASS_DMA:
        return memory->dma;
    case TA_CLASS_FAST:
        return memory->fast;
    case TA_CLASS_BULK:
        return memory->bulk;
    }
    return NULL;
}

ta_memory_t ta_memory_all(ta_mem_t *mem)
{
    return (ta_memory_t){mem, mem, mem};
}

static void record(ta_failure_t *failure, ta_status_t status, ta_mem_t *mem, const ta_need_t *need)
{
    if (!failure)
        return;
    *failure = (ta_failure_t){.status = status,
                              .object = need->object,
                              .bytes = need->bytes,
                              .align = need->align,
                              .cls = need->cls,
                              .resource = NO_RESOURCE,
                              .knob = "route this class to a resource"};
    if (!mem)
        return;
    failure->resource = mem->name;
    failure->knob = mem->knob;
    // Of a resource that does not serve the class, what it has for the lowest class that it does serve.
    unsigned served = mem->classes & (unsigned)need->cls;
    if (!served)
        served = mem->classes & (0U - mem->classes);
    ta_mem_stats_t stats;
    ta_mem_stats(mem, (ta_class_t)served, &stats);
    failure->free = stats.free;
    failure->largest = stats.largest;
}

ta_status_t ta_mem_alloc(ta_mem_t *mem, const ta_need_t *need, void **block, ta_failure_t *failure)
{
    *block = NULL;
    ta_status_t status = TA_OK;
    if (!ta_need_is_valid(need)) {
        status = TA_E_ARG;
    } else if (!mem || !mem->ops || !(mem->classes & (unsigned)need->cls)) {
        status = TA_E_CLASS;
    } else {
        *block = mem->ops->alloc(mem, need);
        status = *block ? TA_OK : TA_E_NOMEM;
    }
    if (status != TA_OK)
        record(failure, status, mem, need);
    return status;
}

void ta_mem_free(ta_mem_t *mem, void *block)
{
    if (block)
        mem->ops->free(mem, block);
}

void ta_mem_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats)
{
    *stats = (ta_mem_stats_t){0};
    if (mem && mem->ops)
        mem->ops->stats(mem, cls, stats);
}

static const char *text_or(const char *text, const char *instead)
{
    return text ? text : instead;
}

// newlib-nano has no %zu. The precisions keep the longest sentence within TA_SENTENCE_MAX, whatever the names are.
size_t ta_failure_sentence(const ta_failure_t *failure, char *text, size_t size)
{
    const char *object = text_or(failure->object, "an object"), *resource = text_or(failure->resource, "the resource");
    const char *knob = text_or(failure->knob, "give it more"), *cls = ta_class_name(failure->cls);
    unsigned long bytes = (unsigned long)failure->bytes, align = (unsigned long)failure->align;
    unsigned long free = (unsigned long)failure->free, largest = (unsigned long)failure->largest;
    int length;
    if (failure->status == TA_OK) {
        length = snprintf(text, size, "no failure");
    } else if (failure->status == TA_E_NOMEM) {
        length =
            snprintf(text, size,
                     "%.36s needs %lu bytes of class %s aligned to %lu, but %.36s has %lu bytes free and a largest "
                     "block of %lu: %.92s",
                     object, bytes, cls, align, resource, free, largest, knob);
    } else if (failure->status == TA_E_CLASS && strcmp(resource, NO_RESOURCE) == 0) {
        length = snprintf(text, size,
                          "%.36s needs %lu bytes of class %s, for which there is no resource (%lu bytes free, largest "
                          "block %lu): %.92s",
                          object, bytes, cls, free, largest, knob);
    } else if (failure->status == TA_E_CLASS) {
        length =
            snprintf(text, size,
                     "%.36s needs %lu bytes of class %s, which %.36s does not serve (free there: %lu, largest block "
                     "%lu): %.92s",
                     object, bytes, cls, resource, free, largest, knob);
    } else if (failure->status == TA_E_ARG) {
        length = snprintf(
            text, size, "%.36s asks for %lu bytes of class %s aligned to %lu, which is out of range: correct the need",
            object, bytes, cls, align);
    } else {
        length = snprintf(text, size, "%.36s: %s", object, ta_status_name(failure->status));
    }
    return length < 0 ? 0 : (size_t)length;
}

// ---- probe ----------------------------------------------------------------------------------------------------------

static void *probe_alloc(ta_mem_t *mem, const ta_need_t *need)
{
    ta_mem_probe_t *probe = (ta_mem_probe_t *)mem;
    uint32_t number = 0;
    if (probe->sequence)
        number = ++*probe->sequence;
    mem->knob = probe->inner->knob;
    if (probe->fail_at && number == probe->fail_at) {
        snprintf(probe->refusal, sizeof probe->refusal, "refused because allocation %lu was made to fail",
                 (unsigned long)number);
        mem->knob = probe->refusal; // the resource is not to blame, and none of its knobs would help
        return NULL;
    }
    return probe->inner->ops->alloc(probe->inner, need);
}

static void probe_free(ta_mem_t *mem, void *block)
{
    ta_mem_probe_t *probe = (ta_mem_probe_t *)mem;
    ta_mem_free(probe->inner, block);
}

static void probe_stats(ta_mem_t *mem, ta_class_t cls, ta_mem_stats_t *stats)
{
    ta_mem_probe_t *probe = (ta_mem_probe_t *)mem;
    ta_mem_stats(probe->inner, cls, stats);
}

// NOLINTNEXTLINE(readability-non-const-parameter): what it points to is counted up later
void ta_mem_probe_init(ta_mem_probe_t *probe, ta_mem_t *inner, uint32_t *sequence, uint32_t fail_at)
{
    static const ta_mem_ops_t ops = {probe_alloc, probe_free, probe_stats};
    *probe = (ta_mem_probe_t){.mem = {&ops, inner->name, inner->knob, inner->classes},
                              .inner = inner,
                              .sequence = sequence,
                              .fail_at = fail_at};
}
