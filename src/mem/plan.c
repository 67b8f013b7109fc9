// Plans: the needs of a graph and its output, taken all or not at all, given back in reverse.

#include "tonearm/memory.h"

void ta_plan_init(ta_plan_t *plan)
{
    *plan = (ta_plan_t){0};
}

ta_status_t ta_plan_add(ta_plan_t *plan, const ta_need_t *need, const ta_memory_t *memory)
{
    bool power = need->align != 0 && (need->align & (need->align - 1)) == 0;
    if (plan->items == TA_PLAN_MAX || need->bytes == 0 || !power || need->align > TA_NEED_ALIGN_MAX)
        return TA_E_ARG;
    plan->item[plan->items++] = (ta_plan_item_t){*need, ta_memory_route(memory, need->cls), NULL};
    return TA_OK;
}

size_t ta_plan_bytes(const ta_plan_t *plan, ta_class_t cls)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < plan->items; i++)
        if (plan->item[i].need.cls == cls)
            bytes += plan->item[i].need.bytes;
    return bytes;
}

ta_status_t ta_plan_take(ta_plan_t *plan, ta_failure_t *failure)
{
    for (unsigned i = 0; i < plan->items; i++)
        if (plan->item[i].block)
            return TA_E_STATE;
    for (unsigned i = 0; i < plan->items; i++) {
        ta_plan_item_t *item = &plan->item[i];
        ta_status_t status = ta_mem_alloc(item->mem, &item->need, &item->block, failure);
        if (status != TA_OK) {
            ta_plan_release(plan);
            return status;
        }
    }
    return TA_OK;
}

ta_status_t ta_plan_try(ta_plan_t *plan, ta_failure_t *failure)
{
    ta_status_t status = ta_plan_take(plan, failure);
    if (status == TA_OK)
        ta_plan_release(plan);
    return status;
}

void ta_plan_release(ta_plan_t *plan)
{
    for (unsigned i = plan->items; i-- > 0;) {
        ta_plan_item_t *item = &plan->item[i];
        if (item->block)
            ta_mem_free(item->mem, item->block);
        item->block = NULL;
    }
}
