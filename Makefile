# Tonearm. `make` builds build/tonearm and the libraries; `make demo` plays; `make test` tests; `make help` lists the rest.
# Every folder is found by wildcard: a new source or test needs no line here. V=1 shows the commands.

CC     ?= gcc
AR     ?= ar
BUILD  ?= build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
VERSION := $(shell sed -n 's/^\#define TONEARM_VERSION  *"\(.*\)"/\1/p' include/tonearm/tonearm.h)
SOVERSION := $(firstword $(subst ., ,$(VERSION)))

WARN    = -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wdouble-promotion -Wfloat-conversion \
          $(CAST_ALIGN) -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla -Wnull-dereference -Werror
CAST_ALIGN := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),-Wcast-align,-Wcast-align=strict)
CFLAGS ?= -O2 -g
# One set of objects serves both libraries, so they are position independent; calls inside the library stay direct.
PIC     = -fPIC -fno-semantic-interposition
CFLAGS_ALL = -std=gnu11 $(WARN) $(CFLAGS) $(PIC) $(EXTRA_CFLAGS) -Iinclude -I. -Ichip/include -MMD -MP
LDLIBS  = -lm -lpthread -ldl

# M32=1: 32-bit, with floats that are rounded as those of chips are, and not in 80 bits. Debian has cmocka and cJSON for
# the machine's own word size only, so the command is not built, and the tests use the small stand-in for cmocka.
CMOCKA  = -lcmocka
JSON    = -lcjson
ifdef M32
override EXTRA_CFLAGS += -m32 -msse2 -mfpmath=sse
CMOCKA  =
TEST_INCLUDE = -Itest/support/m32
endif

# miniaudio is one header: MINIAUDIO_DIR's, the one that tools/setup.sh fetched, or the system's. Without it the speaker
# pin says that it was built without.
MINIAUDIO_DIR ?= $(patsubst %/,%,$(dir $(firstword $(wildcard build/deps/miniaudio/miniaudio.h /usr/local/include/miniaudio.h \
                   /usr/include/miniaudio.h))))
MINIAUDIO := $(if $(wildcard $(MINIAUDIO_DIR)/miniaudio.h),-DTA_HAVE_MINIAUDIO=1 -isystem $(MINIAUDIO_DIR),-DTA_HAVE_MINIAUDIO=0)

LIB_SRC  := $(wildcard src/mem/*.c src/source/*.c src/convert/*.c src/ring/*.c src/pin/rp2/*.c src/pin/desktop/*.c)
CHIP_SRC := $(wildcard chip/*.c)
CLI_SRC  := $(wildcard cli/*.c)
SUPPORT_SRC := $(wildcard test/support/*.c)
TEST_SRC := $(wildcard test/unit/*.c test/sweep/*.c test/model/*.c test/fault/*.c) \
            $(if $(M32),,$(wildcard test/cli/*.c))

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB_OBJ := $(call obj,$(LIB_SRC)) $(call obj,$(CHIP_SRC))
TESTS   := $(patsubst %.c,$(BUILD)/%,$(TEST_SRC))
BENCHES := $(patsubst %.c,$(BUILD)/%,$(wildcard bench/*.c))
# FatFs, for examples/sdcard, comes with TinyUSB, which tools/fetch-pico-sdk.sh brings; without it that example is left out.
FATFS := $(firstword $(wildcard $(PICO_SDK_PATH)/lib/tinyusb/lib/fatfs/source build/deps/tinyusb/lib/fatfs/source))
# Examples and firmware, for the virtual chip: a program for each file of examples/, and for each folder of firmware/.
EXAMPLES := $(patsubst %.c,$(BUILD)/%,$(wildcard examples/*.c)) $(if $(FATFS),$(BUILD)/examples/sdcard)
# What programs of firmware/ share lies in firmware/common.
FIRMWARE := $(sort $(patsubst %/,$(BUILD)/%,$(filter-out firmware/common/,$(dir $(wildcard firmware/*/*.c)))))
FIRMWARE_SHARED := $(call obj,$(wildcard firmware/common/*.c))
PROGRAMS := $(EXAMPLES) $(patsubst $(BUILD)/firmware/%,$(BUILD)/programs/%,$(FIRMWARE))
RECORDED := $(patsubst %,$(BUILD)/test/programs/%,$(notdir $(PROGRAMS)))
PULSES  := $(patsubst %,$(BUILD)/test/pulses/%,pwm_levels)
SO      := libtonearm.so.$(SOVERSION)

Q   := $(if $(V),,@)
say  = @printf '  %-5s %s\n' $(1) '$(2)'

all: $(BUILD)/tonearm libs
libs: $(BUILD)/libtonearm.a $(BUILD)/libtonearm.so

# ---- objects: rebuilt when the compiler or its options change, and when a header does ----------------------------------

FLAGS_NOW := $(CC) $(CFLAGS_ALL) $(MINIAUDIO)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS_NOW)' | cmp -s - $@ || echo '$(FLAGS_NOW)' >$@

$(BUILD)/obj/src/pin/desktop/%.o: EXTRA = $(MINIAUDIO)
$(BUILD)/obj/test/%.o: EXTRA = $(TEST_INCLUDE)
$(BUILD)/obj/firmware/%.o: EXTRA = -Ifirmware/common -I$(BUILD)/obj/firmware/player
$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CFLAGS_ALL) $(EXTRA) -c $< -o $@

$(BUILD)/libtonearm.a: $(LIB_OBJ)
	$(call say,AR,$@)
	@rm -f $@
	$(Q)$(AR) rcs $@ $^

$(BUILD)/libtonearm.so.$(VERSION): $(LIB_OBJ) cmake/libtonearm.map
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) -shared -Wl,-soname,$(SO) -Wl,--version-script=cmake/libtonearm.map $(LIB_OBJ) -o $@ $(LDLIBS)

$(BUILD)/libtonearm.so: $(BUILD)/libtonearm.so.$(VERSION)
	@ln -sf $(<F) $(BUILD)/$(SO)
	@ln -sf $(SO) $@

$(BUILD)/tonearm: $(call obj,$(CLI_SRC)) $(BUILD)/libtonearm.a
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ $(JSON) $(LDLIBS)

$(BUILD)/test/%: $(BUILD)/obj/test/%.o $(call obj,$(SUPPORT_SRC)) $(BUILD)/libtonearm.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ $(CMOCKA) $(LDLIBS)

# With all of the command but its main.
$(BUILD)/test/cli/%: $(BUILD)/obj/test/cli/%.o $(filter-out %/main.o,$(call obj,$(CLI_SRC))) $(call obj,$(SUPPORT_SRC)) \
    $(BUILD)/libtonearm.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ $(CMOCKA) $(JSON) $(LDLIBS)

$(BUILD)/bench/%: $(BUILD)/obj/bench/%.o $(BUILD)/libtonearm.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ $(LDLIBS)

.SECONDEXPANSION:
$(BUILD)/examples/%: $$(call obj,$$(wildcard examples/$$*.c examples/$$*/*.c)) $(BUILD)/libtonearm.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ $(LDLIBS)

$(BUILD)/programs/%: $$(call obj,$$(wildcard firmware/$$*/*.c)) $(FIRMWARE_SHARED) $(BUILD)/libtonearm.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ $(LDLIBS)

# The same with recorders of what a DAC would take from the pins, and of PWM's pulses.
RECORDERS := $(call obj,$(wildcard test/emulator/*.c))
$(BUILD)/test/programs/%: $$(call obj,$$(wildcard examples/$$*.c examples/$$*/*.c firmware/$$*/*.c)) \
    $$(if $$(wildcard firmware/$$*),$(FIRMWARE_SHARED)) $(RECORDERS) $(BUILD)/libtonearm.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ $(LDLIBS)

# A probe, likewise.
$(BUILD)/test/pulses/%: $$(call obj,test/emulator/probes/$$*.c) $(RECORDERS) $(BUILD)/libtonearm.a
	@mkdir -p $(@D)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ $(LDLIBS)

$(BUILD)/examples/flash_wav $(BUILD)/test/programs/flash_wav: $(BUILD)/obj/examples/jingle.o
$(BUILD)/obj/examples/jingle.o: cmake/embed.S $(BUILD)/obj/examples/jingle.wav
	$(call say,AS,examples/jingle.wav)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) -DEMBED_NAME=jingle -DEMBED_FILE='"$(BUILD)/obj/examples/jingle.wav"' -c $< -o $@
$(BUILD)/programs/player $(BUILD)/test/programs/player: $(BUILD)/obj/firmware/player/jingle.o
$(BUILD)/obj/firmware/player/jingle.o: cmake/embed.S $(BUILD)/obj/examples/jingle.wav
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) -DEMBED_NAME=track_jingle -DEMBED_FILE='"$(BUILD)/obj/examples/jingle.wav"' -c $< -o $@
$(BUILD)/obj/firmware/player/tracks.o: $(BUILD)/obj/firmware/player/embedded_tracks.inc
$(BUILD)/obj/firmware/player/embedded_tracks.inc:
	@mkdir -p $(@D)
	$(Q)echo 'TRACK(track_jingle, "jingle")' >$@
$(BUILD)/obj/examples/jingle.wav: examples/make_jingle.py
	@mkdir -p $(@D)
	$(Q)python3 $< $@

# FatFs takes ffconf.h from beside its own sources: copies of them lie beside ours.
FATFS_COPY := $(BUILD)/obj/fatfs
$(BUILD)/examples/sdcard $(BUILD)/test/programs/sdcard: $(FATFS_COPY)/ff.o $(FATFS_COPY)/ffunicode.o
$(call obj,$(wildcard examples/sdcard/*.c)): EXTRA = -isystem $(FATFS_COPY)
$(call obj,$(wildcard examples/sdcard/*.c)): $(FATFS_COPY)/copied
$(FATFS_COPY)/%.o: $(FATFS_COPY)/copied
	$(call say,CC,$(FATFS)/$*.c)
	$(Q)$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $(PIC) -w -c $(FATFS_COPY)/$*.c -o $@
$(FATFS_COPY)/copied: examples/sdcard/ffconf.h $(FATFS)/ff.c
	@mkdir -p $(@D)
	$(Q)cp $(addprefix $(FATFS)/,ff.c ff.h ffunicode.c diskio.h) $< $(@D) && touch $@

# ---- what people ask for -----------------------------------------------------------------------------------------------

help: ## this list
	@echo "make [BUILD=folder] [V=1] [CC=clang] [M32=1] [EXTRA_CFLAGS=...] TARGET"
	@echo "  (none)        build/tonearm, build/libtonearm.a, build/libtonearm.so"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(firstword $(MAKEFILE_LIST)) | \
	    awk -F'|' '{ line = sprintf("  %-13s", $$1); n = split($$2, word, " "); for (i = 1; i <= n; i++) { \
	    if (length(line) + 1 + length(word[i]) > 80) { print line; line = sprintf("%15s", "") } line = line " " word[i] } print line }'

demo: ## installs what is missing, builds, plays two recordings on a virtual Pico; leaves build/demo.wav
	@tools/setup.sh demo
	@$(MAKE) --no-print-directory -j2 $(BUILD)/tonearm
	@BUILD=$(BUILD) tools/demo.sh

test: ## installs what is missing, then builds and runs every test; T=regex picks some
	@tools/setup.sh test
	@BUILD=$(BUILD) python3 tools/run_tests.py $(if $(T),--only '$(T)')

soak: ## every stall on the virtual chip; the emulator's random tests, 40 times as long, and its longest stalls in every way; ROUNDS=n
	@tools/setup.sh test
	@$(MAKE) --no-print-directory -j2 all tests
	@BUILD=$(BUILD) tools/firmware.sh -DTONEARM_PROBES=ON
	@$(BUILD)/test/fault/test_stall --whole && $(BUILD)/test/fault/test_stall_pwm --whole
	@mkdir -p $(BUILD)/tmp/soak
	@for test in player player_pwm stall; do BUILD=$(BUILD) TMPDIR=$(CURDIR)/$(BUILD)/tmp/soak ROUNDS=$(or $(ROUNDS),40) test/emulator/$$test.sh || exit 1; done
	@BUILD=$(BUILD) tools/micropython.sh unix && BUILD=$(BUILD) BOARDS=RPI_PICO tools/micropython-rp2.sh
	@BUILD=$(BUILD) TMPDIR=$(CURDIR)/$(BUILD)/tmp/soak RESETS=50 GRAPH_SECONDS=10 test/emulator/micropython.sh 'softReset|realTime'

tests: $(TESTS) $(if $(M32),,$(RECORDED) $(PULSES)) ## builds the test programs only
$(foreach kind,unit sweep model fault cli,$(eval tests-$(kind): $(filter $(BUILD)/test/$(kind)/%,$(TESTS))))
benches: $(BENCHES)
# What no build with clang links. For test/checks/check_clang.sh, which only has it read.
unlinked: $(call obj,$(CLI_SRC) $(filter-out test/unit/%,$(TEST_SRC)) $(wildcard examples/*.c firmware/*/*.c test/emulator/*.c) \
    $(if $(FATFS),$(wildcard examples/sdcard/*.c)) $(patsubst $(BUILD)/test/pulses/%,test/emulator/probes/%.c,$(PULSES)))
programs: $(PROGRAMS) $(BUILD)/examples/listening ## the examples and the firmware, for the virtual chip

listen: $(BUILD)/examples/listening ## renders the ten sounds of docs/listening.md, and their spectrograms by sox, into build/listen
	$(Q)BUILD=$(BUILD) tools/listen.sh

firmware: ## installs what is missing, builds the programs for boards: build/firmware/BOARD/NAME.uf2; BOARDS="pico pico2"
	@tools/setup.sh firmware
	@BUILD=$(BUILD) tools/firmware.sh

micropython: ## installs what is missing, builds MicroPython with the module: build/micropython, on a virtual Pico, and build/firmware/micropython/BOARD.uf2; BOARDS="RPI_PICO RPI_PICO2"
	@tools/setup.sh micropython
	@$(MAKE) --no-print-directory -j2 $(BUILD)/libtonearm.a
	@BUILD=$(BUILD) tools/micropython.sh unix
	$(call say,LD,$(BUILD)/micropython)
	@BUILD=$(BUILD) tools/micropython-rp2.sh

bench: $(BUILD)/tonearm $(BENCHES) ## measures against the budgets; a broken budget fails
	$(Q)BUILD=$(BUILD) tools/bench.sh

fuzz: ## 60 s of libFuzzer on each target of test/fuzz; FUZZ_SECONDS=n
	$(Q)BUILD=$(BUILD) tools/fuzz.sh run $(or $(FUZZ_SECONDS),60)

install: all ## command, libraries, headers, pkg-config and CMake files, manual, completions; DESTDIR, PREFIX, LIBDIR
	$(Q)BUILD='$(BUILD)' DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' VERSION='$(VERSION)' tools/install.sh install

uninstall: ## takes away what install put there
	$(Q)BUILD='$(BUILD)' DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' LIBDIR='$(LIBDIR)' VERSION='$(VERSION)' tools/install.sh uninstall

dist: firmware micropython ## source archive of the last commit, the UF2 files of firmware/, and the licences of what is in them
	@mkdir -p $(BUILD)
	$(call say,DIST,$(BUILD)/tonearm-$(VERSION).tar.gz)
	$(Q)git archive --format=tar.gz --prefix=tonearm-$(VERSION)/ -o $(BUILD)/tonearm-$(VERSION).tar.gz HEAD
	$(Q)for name in $(notdir $(FIRMWARE)); do for uf2 in $(BUILD)/firmware/*/$$name.uf2; do \
	    to=$(BUILD)/tonearm-$(VERSION)-$$name-$$(basename $$(dirname $$uf2)).uf2 && echo "  DIST  $$to" && cp $$uf2 $$to || exit 1; done; done
	$(Q)for uf2 in $(BUILD)/firmware/micropython/*.uf2; do \
	    to=$(BUILD)/tonearm-$(VERSION)-micropython-$$(basename $$uf2) && echo "  DIST  $$to" && cp $$uf2 $$to || exit 1; done
	$(call say,DIST,$(BUILD)/tonearm-$(VERSION)-firmware-licences.txt)
	$(Q)BUILD=$(BUILD) tools/licences.sh >$(BUILD)/licences.new && mv $(BUILD)/licences.new $(BUILD)/tonearm-$(VERSION)-firmware-licences.txt

format: ## clang-format, in place
	$(Q)python3 test/checks/common.py c | xargs clang-format -i

tidy: ## clang-tidy over the library, the command and the virtual chip, deeper than the tests have it
	$(Q)python3 test/checks/check_tidy.py --deep

check-layers: ## do includes point downstream anywhere?
	$(Q)python3 test/checks/check_layers.py

clean: ## removes the build folder, but for what was downloaded
	@find $(BUILD) -mindepth 1 -maxdepth 1 ! -name deps -exec rm -rf {} + 2>/dev/null || true

distclean: ## removes the build folder and the emulator
	rm -rf $(BUILD) test/emulator/node_modules

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
FORCE:
.PHONY: all libs help demo listen test soak tests tests-unit tests-sweep tests-model tests-fault tests-cli unlinked bench benches programs firmware micropython fuzz install uninstall dist format tidy check-layers clean distclean FORCE
.PRECIOUS: $(BUILD)/obj/%.o
.SUFFIXES:
.DELETE_ON_ERROR:
