/// @file status.h  Results, assertions and the attributes that every other header uses.
#ifndef TONEARM_STATUS_H
#define TONEARM_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/// The caller must look at the result.
#define TA_NODISCARD __attribute__((warn_unused_result))

/// What a call came to. Zero is success, every failure is negative.
typedef enum {
    TA_OK = 0,
    TA_E_ARG = -1,    ///< an argument outside its documented range
    TA_E_STATE = -2,  ///< not allowed in the object's present state
    TA_E_NOMEM = -3,  ///< a memory resource refused; a ta_failure_t says which and why
    TA_E_CLASS = -4,  ///< memory of the wrong class (memory.h)
    TA_E_FORMAT = -5, ///< a sample format, channel count or file that cannot be played
    TA_E_RATE = -6,   ///< a sample rate that cannot be reached, or that a fixed output refuses
    TA_E_BUSY = -7,   ///< a pin, channel, state machine, interrupt or queue is taken
    TA_E_IO = -8,     ///< reading or writing a stream failed
} ta_status_t;

/// A short lower-case name for `status`, such as "no memory"; never NULL.
/// Ctx: any. Cost: constant. Own: a constant. Fails: never; unknown values give "unknown".
const char *ta_status_name(ta_status_t status);

/// Where a broken contract ends: firmware may define its own; the default prints on a desktop and traps on a chip.
/// Ctx: any. Cost: does not return. Own: none. Fails: never returns.
__attribute__((noreturn)) void ta_panic(const char *file, int line, const char *what);

/// Guards memory safety; cheap, and on in every build.
#define TA_HARDEN(condition) ((condition) ? (void)0 : ta_panic(__FILE__, __LINE__, #condition))

/// Guards the caller's contract; unevaluated but type-checked in release builds.
#ifdef TA_RELEASE
#define TA_ASSERT(condition) ((void)sizeof(!(condition)))
#else
#define TA_ASSERT(condition) TA_HARDEN(condition)
#endif

#ifdef __cplusplus
}
#endif
#endif
