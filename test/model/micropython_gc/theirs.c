// The random program of scenario.h on MicroPython's own py/gc.c, 32-bit. The rest of MicroPython is not here: what gc.c
// calls of it belongs to finalisers, which nothing here has; what only prints is left out by the linker.

#include "py/gc.h"
#include "py/mpstate.h"
#include "py/runtime.h"

#include "scenario.h"

_Static_assert(sizeof(void *) == 4, "the chips' layout needs -m32");
_Static_assert(MICROPY_BYTES_PER_GC_BLOCK == 16, "the chips' blocks have 16 bytes");

mp_state_ctx_t mp_state_ctx;

static void heap_init(void *base, size_t bytes)
{
    memset(&mp_state_ctx, 0, sizeof mp_state_ctx);
    gc_init(base, (uint8_t *)base + bytes);
}

static void *heap_alloc(size_t bytes)
{
    return gc_alloc(bytes, 0);
}

static void heap_free(void *block)
{
    gc_free(block);
}

static void *heap_realloc(void *block, size_t bytes, bool allow_move)
{
    return gc_realloc(block, bytes, allow_move);
}

void gc_collect(void)
{
    gc_collect_start();
    gc_collect_root(scenario.root, SCENARIO_ROOTS);
    gc_collect_end();
}

static void heap_collect(void)
{
    gc_collect();
}

static void heap_info(size_t *used, size_t *free, size_t *largest)
{
    gc_info_t info;
    gc_info(&info);
    *used = info.used;
    *free = info.free;
    *largest = info.max_free;
}

// ---- what gc.c would call and does not ------------------------------------------------------------------------------

static void unreachable(const char *what)
{
    fprintf(stderr, "theirs: %s was called\n", what);
    abort();
}

void mp_load_method_maybe(mp_obj_t obj, qstr attr, mp_obj_t *dest)
{
    (void)obj, (void)attr, (void)dest;
    unreachable("mp_load_method_maybe");
}

mp_obj_t mp_call_function_1_protected(mp_obj_t fun, mp_obj_t arg)
{
    (void)fun, (void)arg;
    unreachable("mp_call_function_1_protected");
    return MP_OBJ_NULL;
}

int main(int argc, char **argv)
{
    return scenario_main(argc, argv);
}
