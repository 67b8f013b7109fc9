// A boot ROM for the emulator, which has none: what the Pico SDK 2.1.1 asks an RP2040's ROM for, and no more. In: the image in flash.
// Out: the second boot stage runs from SRAM, as RP2040 datasheet 2.8.1 says, and the functions of 2.8.3 are there. What touches the flash
// chip stops at a `bkpt`, and rom.mjs does the work and says how long it takes. Floating point stops at one, too (floats.mjs), and takes no
// time worth speaking of.

    .syntax unified
    .cpu cortex-m0plus
    .thumb

    .equ FLASH, 0x10000000
    .equ STAGE2, 0x20041f00         // where the ROM puts the second stage

    .section .text
vectors:
    .word STAGE2                    // stack, below the second stage
    .word reset + 1
    .word fault + 1                 // NMI
    .word fault + 1                 // hard fault
    .byte 'M', 'u', 1, 3            // 0x10: the magic and a version
    .hword functions                // 0x14
    .hword data                     // 0x16
    .hword lookup + 1               // 0x18
    .balign 4

parked:                             // 0x1c: core 1, once its program has returned (core1.mjs knows the address)
    wfi
    b parked
fault:
    bkpt 0xff

// 252 bytes of flash to SRAM, then there, with a return address of 0: it starts the program itself.
    .thumb_func
reset:
    ldr r0, =FLASH
    ldr r1, =STAGE2
    movs r2, #252
1:  subs r2, #4
    ldr r3, [r0, r2]
    str r3, [r1, r2]
    bne 1b
    movs r0, #0
    mov lr, r0
    adds r1, #1
    bx r1

// void *lookup(uint16_t *table, uint32_t code): pairs of a code and a pointer, the last code 0.
    .thumb_func
lookup:
    ldrh r2, [r0]
    cmp r2, #0
    beq 2f
    cmp r2, r1
    beq 1f
    adds r0, #4
    b lookup
1:  ldrh r0, [r0, #2]
    bx lr
2:  movs r0, #0
    bx lr

// ---- bits: r0 in, r0 out

    .thumb_func
popcount:
    movs r1, r0
    movs r0, #0
1:  cmp r1, #0
    beq 2f
    subs r2, r1, #1
    ands r1, r2
    adds r0, #1
    b 1b
2:  bx lr

    .thumb_func
reverse:
    movs r1, #32
    movs r2, r0
1:  lsrs r2, r2, #1
    adcs r0, r0
    subs r1, #1
    bne 1b
    bx lr

    .thumb_func
clz:
    movs r1, r0
    movs r0, #32
    cmp r1, #0
    beq 2f
1:  subs r0, #1
    lsrs r1, r1, #1
    bne 1b
2:  bx lr

    .thumb_func
ctz:
    movs r1, r0
    movs r0, #32
    cmp r1, #0
    beq 2f
    movs r0, #0
1:  lsrs r1, r1, #1
    bcs 2f
    adds r0, #1
    b 1b
2:  bx lr

// ---- memory: memset(r0, r1, r2) and memcpy(r0, r1, r2) return r0; words while both ends are aligned, else bytes

    .thumb_func
memset:
    uxtb r1, r1
    lsls r3, r1, #8
    orrs r1, r3
    lsls r3, r1, #16
    orrs r1, r3
    mov r12, r0
    lsls r3, r0, #30
    bne 2f
1:  subs r2, #4
    bcc 3f
    stmia r0!, {r1}
    b 1b
3:  adds r2, #4
2:  subs r2, #1
    bcc 4f
    strb r1, [r0]
    adds r0, #1
    b 2b
4:  mov r0, r12
    bx lr

    .thumb_func
memcpy:
    mov r12, r0
    movs r3, r0
    orrs r3, r1
    lsls r3, r3, #30
    bne 5f
    subs r2, #16
    bcc 2f
    push {r4, r5, r6}
1:  ldmia r1!, {r3, r4, r5, r6}
    stmia r0!, {r3, r4, r5, r6}
    subs r2, #16
    bcs 1b
    pop {r4, r5, r6}
2:  adds r2, #12
    bcc 4f
3:  ldmia r1!, {r3}
    stmia r0!, {r3}
    subs r2, #4
    bcs 3b
4:  adds r2, #4
5:  subs r2, #1
    bcc 7f
6:  ldrb r3, [r1]
    strb r3, [r0]
    adds r0, #1
    adds r1, #1
    subs r2, #1
    bcs 6b
7:  mov r0, r12
    bx lr

// ---- flash: rom.mjs does it at the bkpt. It puts 1 in r3 while the chip is busy: the core sleeps, or serves interrupts, and asks again.

    .macro served name, number
    .thumb_func
\name:
    bkpt \number
    cmp r3, #1
    beq \name
    bx lr
    .endm
    served connect_internal_flash, 1
    served flash_exit_xip, 2
    served flash_range_erase, 3
    served flash_range_program, 4
    served flash_flush_cache, 5
    served flash_enter_cmd_xip, 6
    served reset_usb_boot, 7

// ---- floating point: entry n of the tables is `bkpt 0x40 + n` of float, `bkpt 0x60 + n` of double

    .macro computed name, number
    .balign 4
\name:
    .set n, 0
    .rept 32
    bkpt \number + n
    bx lr
    .set n, n + 1
    .endr
    .endm
    computed float_code, 0x40
    computed double_code, 0x60

    .balign 4
functions:
    .macro entry code, function
    .ascii "\code"
    .hword \function + 1
    .endm
    entry P3, popcount
    entry R3, reverse
    entry L3, clz
    entry T3, ctz
    entry MS, memset
    entry S4, memset
    entry MC, memcpy
    entry C4, memcpy
    entry IF, connect_internal_flash
    entry EX, flash_exit_xip
    entry RE, flash_range_erase
    entry RP, flash_range_program
    entry FC, flash_flush_cache
    entry CX, flash_enter_cmd_xip
    entry UB, reset_usb_boot
    .hword 0

    .balign 4
data:
    .ascii "SF"
    .hword floats
    .ascii "SD"
    .hword doubles
    .hword 0

    .macro table name, code
    .balign 4
    .word 0x00200000                // the byte two before the table is its size in words
\name:
    .set n, 0
    .rept 32
    .word \code + 4 * n + 1
    .set n, n + 1
    .endr
    .endm
    table floats, float_code
    table doubles, double_code
    .ltorg
