// What a program for qemu's mps2-an505 needs below main: vectors, start, and newlib's system calls by semihosting.
//
// In: main. Out: qemu's exit code is main's; stdout and stderr go to the console. A fault ends the program with a sentence
// and exit code 125, and so does a stack that passes its limit, which the M33 checks in hardware.
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SYS_WRITEC = 0x03, SYS_WRITE0 = 0x04, SYS_EXIT_EXTENDED = 0x20, ADP_STOPPED = 0x20026, FAULT_EXIT = 125 };

extern uint32_t m33_bss[], m33_bss_end[], m33_stack_top[], m33_stack_limit[];
extern char m33_heap[], m33_heap_end[];
int main(int argc, char **argv);
_Noreturn void m33_reset(void);
void m33_fault(void);

// newlib calls these, and declares them nowhere.
_Noreturn void _exit(int code);
int _write(int file, const char *text, int count);
void *_sbrk(ptrdiff_t more);
int _close(int file);
int _read(int file, char *into, int count);
int _lseek(int file, int offset, int whence);
int _fstat(int file, struct stat *status);
int _isatty(int file);
int _kill(int process, int signal);
int _getpid(void);
int posix_memalign(void **block, size_t align, size_t bytes);

static int semihost(int operation, const void *argument)
{
    register int r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

_Noreturn void _exit(int code)
{
    const uint32_t block[2] = {ADP_STOPPED, (uint32_t)code};
    for (;;) {
        (void)semihost(SYS_EXIT_EXTENDED, block);
    }
}

void m33_fault(void)
{
    (void)semihost(SYS_WRITE0, "the processor faulted\n");
    _exit(FAULT_EXIT);
}

__attribute__((section(".vectors"), used)) static const struct {
    const uint32_t *stack;
    void (*reset)(void);
    void (*faults[6])(void); // NMI, hard, memory, bus, usage, secure
    void (*others[8])(void);
} vectors = {m33_stack_top, m33_reset, {m33_fault, m33_fault, m33_fault, m33_fault, m33_fault, m33_fault}, {0}};

_Noreturn void m33_reset(void)
{
    volatile uint32_t *const coprocessors = (volatile uint32_t *)0xE000ED88;
    *coprocessors |= 0xFU << 20; // CP10 and CP11: the floating-point registers
    __asm__ volatile("msr msplim, %0\n\tisb" : : "r"(m33_stack_limit));
    for (uint32_t *word = m33_bss; word != m33_bss_end; word++) {
        *word = 0;
    }
    exit(main(0, NULL));
}

int _write(int file, const char *text, int count)
{
    (void)file;
    for (int i = 0; i < count; i++) {
        (void)semihost(SYS_WRITEC, &text[i]);
    }
    return count;
}

void *_sbrk(ptrdiff_t more)
{
    static char *end = m33_heap;
    if (more > m33_heap_end - end) {
        errno = ENOMEM;
        return (void *)-1;
    }
    char *before = end;
    end += more;
    return before;
}

// newlib's aligned_alloc calls this, which it does not have.
int posix_memalign(void **block, size_t align, size_t bytes)
{
    *block = memalign(align, bytes);
    return *block == NULL ? ENOMEM : 0;
}

// What newlib refers to and no test here has: files, processes, environments.
int _close(int file)
{
    (void)file;
    return -1;
}

int _read(int file, char *into, int count)
{
    (void)file;
    (void)into;
    (void)count;
    return 0;
}

int _lseek(int file, int offset, int whence)
{
    (void)file;
    (void)offset;
    (void)whence;
    return -1;
}

int _fstat(int file, struct stat *status)
{
    (void)file;
    memset(status, 0, sizeof *status);
    status->st_mode = S_IFCHR;
    return 0;
}

int _isatty(int file)
{
    (void)file;
    return 1;
}

int _kill(int process, int signal)
{
    (void)process;
    (void)signal;
    _exit(FAULT_EXIT);
}

int _getpid(void)
{
    return 1;
}
