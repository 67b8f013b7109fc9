# Tonearm for MicroPython's unix port: `make -C ports/unix USER_C_MODULES=<this repository>/micropython`, with any variant. The port's binary is then
# MicroPython on a virtual Pico. The library is linked as this repository's Makefile builds it; the modules are compiled with
# MicroPython's own flags.
comma := ,
TONEARM_MODULE := $(USERMOD_DIR)
TONEARM_ROOT := $(abspath $(USERMOD_DIR)/../..)
TONEARM_ARCHIVE ?= $(TONEARM_ROOT)/build/libtonearm.a

SRC_USERMOD_C += $(addprefix $(TONEARM_MODULE)/, audiobusio.c audiocore.c audiodelays.c audiofilewriter.c audiofilters.c audiofreeverb.c audiomixer.c audiopwmio.c audiospeed.c board.c config.c effects.c errors.c graph.c memory.c node.c output.c params.c synthio.c synthio_block.c synthio_filter.c synthio_midi.c synthio_note.c synthio_synth.c tonearm.c wavefile.c \
	unix/load.c unix/port.c unix/recorder.c unix/stress.c unix/turns.c unix/virtual_time.c)
CFLAGS_USERMOD += -I$(TONEARM_ROOT)/include -I$(TONEARM_ROOT) -I$(TONEARM_MODULE)/unix -I$(TONEARM_MODULE) -I$(TONEARM_ROOT)/chip/include -DTONEARM_PINS_48=1 -DTONEARM_POLYPHONY=14

# What the module does on the way: the heap lies in the chip (gc_init), outputs that are heard are kept (gc_collect) and closed at
# the end (gc_sweep_all, mp_deinit), and clocks and sleeps can be the chip's. The second line is for tests (unix/stress.c), the third for tonearm.load (unix/load.c).
TONEARM_WRAPPED := gc_init gc_collect gc_sweep_all mp_deinit select usleep poll gettimeofday clock_gettime \
	gc_alloc gc_realloc gc_free mp_sched_schedule nlr_jump gc_helper_collect_regs_and_stack \
	ta_source_pull ta_osc_add_mono ta_osc_add_stereo
LDFLAGS_USERMOD += $(TONEARM_ARCHIVE) $(addprefix -Wl$(comma)--wrap=,$(TONEARM_WRAPPED)) -lpthread -ldl -lm

$(BUILD)/$(PROG): $(TONEARM_ARCHIVE)
$(TONEARM_ARCHIVE):
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL $(MAKE) -C $(TONEARM_ROOT) BUILD=$(dir $@) $@
