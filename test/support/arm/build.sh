# Compiles for Arm cores; to be sourced from the repository's root. In: $work, a folder for objects. Out: functions below.
# A compiler that is missing is a sentence and the end of the script.
# shellcheck shell=sh

arm_prefix=${ARM_PREFIX:-arm-none-eabi-}
arm_options=${ARM_OPTIONS:--O2}
arm_warnings="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wcast-qual -Wstrict-prototypes
    -Wmissing-prototypes -Wswitch-enum -Wvla -Wnull-dereference -Werror"

arm_need() { # tool, Debian package
    command -v "$1" >/dev/null || {
        echo "$0: $1 is missing (Debian package $2)" >&2
        exit 1
    }
}
arm_need "${arm_prefix}gcc" gcc-arm-none-eabi

arm_core() { # core: its compiler options
    case $1 in
    m0plus) echo "-mcpu=cortex-m0plus -mthumb -mfloat-abi=soft" ;;
    m33) echo "-mcpu=cortex-m33 -mthumb -mfloat-abi=softfp" ;;
    *) echo "$0: no core $1" >&2 && exit 1 ;;
    esac
}

# arm_object CORE OBJECT SOURCE [OPTION...]
arm_object() {
    arm_for=$(arm_core "$1") arm_to=$2 arm_from=$3
    shift 3
    # shellcheck disable=SC2086
    "${arm_prefix}gcc" $arm_for -std=gnu11 $arm_options -g $arm_warnings -ffunction-sections -fdata-sections -Iinclude -I. "$@" \
        -c "$arm_from" -o "$arm_to"
}

# arm_image CORE ELF OBJECT... : everything that the objects have, without start files.
arm_image() {
    arm_for=$(arm_core "$1") arm_to=$2 arm_script=test/support/arm/$1.ld
    shift 2
    # shellcheck disable=SC2086
    "${arm_prefix}gcc" $arm_for -nostartfiles -T "$arm_script" -Wl,--fatal-warnings -Wl,--no-warn-rwx-segments "$@" -o "$arm_to"
}

# arm_qemu ELF [OPTION...] : run an image for the M33; qemu's exit code is main's.
arm_qemu() {
    arm_elf=$1
    shift
    timeout 300 qemu-system-arm -M mps2-an505 -display none -monitor none -serial none \
        -chardev stdio,id=console -semihosting-config enable=on,target=native,chardev=console "$@" -kernel "$arm_elf" </dev/null
}
