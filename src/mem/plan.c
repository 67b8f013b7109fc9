// Plans: the needs of a graph and its output. In: needs and where they are routed. Out: all blocks, or a failure and
// none.
// Invariant: either every item has its block or no item has one; blocks are given back in reverse.

#include "need.h"

_Static_assert(TA_PLAN_MAX >= 2, "an output's plan has two needs: TA_CFG_PLAN_ITEMS is too small");

void ta_plan_init(ta_plan_t *plan)
{
    *plan = (ta_plan_t){0};
}

static bool is_taken(const ta_plan_t *plan)
{
    for (unsigned i = 0; i < plan->items; i++) {
        if (plan->item[i].block)
            return true;
    }
    return false;
}

ta_status_t ta_plan_add(ta_plan_t *plan, const ta_need_t *need, const ta_memory_t *memory)
{
    if (is_taken(plan))
        return TA_E_STATE;
    if (plan->items == TA_PLAN_MAX || !ta_need_is_valid(need))
        return TA_E_ARG;
    plan->item[plan->items++] = (ta_plan_item_t){*need, ta_memory_route(memory, need->cls), NULL};
    return TA_OK;
}

size_t ta_plan_bytes(const ta_plan_t *plan, ta_class_t cls)
{
    size_t bytes = 0;
    for (unsigned i = 0; i < plan->items; i++) {
        if (plan->item[i].need.cls == cls)
            bytes += plan->item[i].need.bytes;
    }
    return bytes;
}

ta_status_t ta_plan_take(ta_plan_t *plan, ta_failure_t *failure)
{
    if (is_taken(plan)) {
        if (failure)
            *failure = (ta_failure_t){.status = TA_E_STATE, .object = "a plan that is taken already"};
        return TA_E_STATE;
    }
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
