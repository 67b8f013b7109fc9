// A second stack for core 1's program, and the change from one stack to the other. In: a program. Out: it runs until it
// leaves, and goes on where it was when it is entered again.
//
// On x86 the change is a few instructions; elsewhere, and with CHIP_SWITCH_UCONTEXT, it is swapcontext, which asks the
// operating system each time. AddressSanitizer is told of every change, and valgrind of the stack. A longjmp out of core 1's
// program, as test runners make one, leaves it: coroutine_drop puts that right for AddressSanitizer.

#define _GNU_SOURCE // MAP_STACK
#include "chip/model.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAVE_ASAN 1
#endif
#endif
#ifdef HAVE_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__has_include)
#if __has_include(<valgrind/valgrind.h>)
#include <valgrind/valgrind.h>
#endif
#endif

enum { STACK_BYTES = 1 << 20 };

static struct {
    uint8_t *memory; ///< a page that nobody may touch, and the stack above it
    size_t page;
    unsigned valgrind_stack;
    bool inside; ///< core 1's program is running
    void (*start)(void);
    void *fake[2];     ///< AddressSanitizer's, for each stack
    const void *outer; ///< bottom of the process's own stack
    size_t outer_bytes;
} co;

static uint8_t *stack_bottom(void)
{
    return co.memory + co.page;
}

// ---- AddressSanitizer ----------------------------------------------------------------------------------------------

static void announce(void **kept, const void *bottom, size_t bytes)
{
#ifdef HAVE_ASAN
    __sanitizer_start_switch_fiber(kept, bottom, bytes);
#else
    (void)kept;
    (void)bottom;
    (void)bytes;
#endif
}

/// On the new stack; the first time on core 1's, it learns where the old one was.
static void arrived(void *kept, bool learn)
{
#ifdef HAVE_ASAN
    __sanitizer_finish_switch_fiber(kept, learn ? &co.outer : NULL, learn ? &co.outer_bytes : NULL);
#else
    (void)kept;
    (void)learn;
#endif
}

// ---- the change ----------------------------------------------------------------------------------------------------

static void first_steps(void)
{
    arrived(NULL, true);
    co.start();
    __builtin_unreachable();
}

#if (defined(__x86_64__) || defined(__i386__)) && !defined(CHIP_SWITCH_UCONTEXT)

static void *stack_pointer[2]; ///< of the process, of core 1

/// Push what a function must keep, store the stack pointer, take the other one, pop.
void chip_change_stack(void **save, void *load);
#ifdef __x86_64__
__asm__(".text\n"
        ".globl chip_change_stack\n"
        ".hidden chip_change_stack\n"
        ".type chip_change_stack, @function\n"
        "chip_change_stack:\n"
        "    push %rbp\n    push %rbx\n    push %r12\n    push %r13\n    push %r14\n    push %r15\n"
        "    mov %rsp, (%rdi)\n"
        "    mov %rsi, %rsp\n"
        "    pop %r15\n    pop %r14\n    pop %r13\n    pop %r12\n    pop %rbx\n    pop %rbp\n"
        "    ret\n"
        ".size chip_change_stack, . - chip_change_stack\n");
enum { KEPT_REGISTERS = 6 };
#else
__asm__(".text\n"
        ".globl chip_change_stack\n"
        ".hidden chip_change_stack\n"
        ".type chip_change_stack, @function\n"
        "chip_change_stack:\n"
        "    mov 4(%esp), %eax\n"
        "    mov 8(%esp), %edx\n"
        "    push %ebp\n    push %ebx\n    push %esi\n    push %edi\n"
        "    mov %esp, (%eax)\n"
        "    mov %edx, %esp\n"
        "    pop %edi\n    pop %esi\n    pop %ebx\n    pop %ebp\n"
        "    ret\n"
        ".size chip_change_stack, . - chip_change_stack\n");
enum { KEPT_REGISTERS = 4 };
#endif

/// A stack as if first_steps had been called from nowhere: a return address on a boundary of 16 bytes, below it registers.
static void prepare(void)
{
    uintptr_t *top = (uintptr_t *)(void *)(stack_bottom() + STACK_BYTES - 64);
    memset(top, 0, 64);
    top[-1] = 0;
    top[-2] = (uintptr_t)first_steps;
    memset(&top[-2 - KEPT_REGISTERS], 0, KEPT_REGISTERS * sizeof *top);
    stack_pointer[1] = &top[-2 - KEPT_REGISTERS];
}

static void change(unsigned to)
{
    chip_change_stack(&stack_pointer[1 - to], stack_pointer[to]);
}

#else

#include <ucontext.h>

static ucontext_t contexts[2];

static void prepare(void)
{
    getcontext(&contexts[1]);
    contexts[1].uc_stack.ss_sp = stack_bottom();
    contexts[1].uc_stack.ss_size = STACK_BYTES;
    contexts[1].uc_link = NULL;
    makecontext(&contexts[1], first_steps, 0);
}

static void change(unsigned to)
{
    swapcontext(&contexts[1 - to], &contexts[to]);
}

#endif

// ---- what cores.c uses ---------------------------------------------------------------------------------------------

static bool take_memory(void)
{
    if (co.memory)
        return true;
    co.page = (size_t)sysconf(_SC_PAGESIZE);
    void *memory = mmap(NULL, co.page + STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
        return false;
    co.memory = memory;
    if (mprotect(co.memory, co.page, PROT_NONE)) {
        coroutine_free();
        return false;
    }
#ifdef VALGRIND_STACK_REGISTER
    co.valgrind_stack = VALGRIND_STACK_REGISTER(stack_bottom(), stack_bottom() + STACK_BYTES);
#endif
    return true;
}

bool coroutine_begin(void (*program)(void))
{
    if (!take_memory())
        return false;
#ifdef HAVE_ASAN
    ASAN_UNPOISON_MEMORY_REGION(stack_bottom(), STACK_BYTES); // a program that was dropped has left its marks
#endif
    co.start = program;
    co.fake[1] = NULL;
    prepare();
    return true;
}

void coroutine_enter(void)
{
    co.inside = true;
    announce(&co.fake[0], stack_bottom(), STACK_BYTES);
    change(1);
    arrived(co.fake[0], false);
}

void coroutine_leave(bool for_ever)
{
    co.inside = false;
    announce(for_ever ? NULL : &co.fake[1], co.outer, co.outer_bytes);
    change(0);
    arrived(co.fake[1], true);
}

void coroutine_drop(void)
{
    if (!co.inside)
        return;
    co.inside = false;
    announce(NULL, co.outer, co.outer_bytes);
    arrived(co.fake[0], false);
}

bool coroutine_is_here(void)
{
    uintptr_t here = (uintptr_t)__builtin_frame_address(0);
    return co.memory && here - (uintptr_t)stack_bottom() < STACK_BYTES;
}

void coroutine_free(void)
{
    coroutine_drop();
    if (!co.memory)
        return;
#ifdef VALGRIND_STACK_DEREGISTER
    VALGRIND_STACK_DEREGISTER(co.valgrind_stack);
#endif
    munmap(co.memory, co.page + STACK_BYTES);
    co.memory = NULL;
}
