# Tonearm. `make` builds build/tonearm and the libraries; `make demo` plays; `make test` tests; `make help` lists the rest.
# Every folder is found by wildcard: a new source or test needs no line here.

CC      ?= gcc
BUILD   ?= build
WARN     = -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wundef -Wdouble-promotion -Wfloat-conversion \
           -Wcast-align=strict -Wcast-qual -Wstrict-prototypes -Wmissing-prototypes -Wswitch-enum -Wvla -Wnull-dereference -Werror
CFLAGS  ?= -O2 -g
CFLAGS_ALL = -std=gnu11 $(WARN) $(CFLAGS) $(EXTRA_CFLAGS) -Iinclude -I. -Ichip/include -MMD -MP
LDLIBS   = -lm -lpthread -ldl

LIB_SRC  := $(wildcard src/mem/*.c src/source/*.c src/convert/*.c src/ring/*.c src/pin/rp2/*.c src/pin/desktop/*.c)
CHIP_SRC := $(wildcard chip/*.c)
CLI_SRC  := $(wildcard cli/*.c)
SUPPORT_SRC := $(wildcard test/support/*.c)
TEST_SRC := $(wildcard test/unit/*.c test/sweep/*.c test/model/*.c test/fault/*.c)

obj = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))
LIB_OBJ := $(call obj,$(LIB_SRC)) $(call obj,$(CHIP_SRC))
TESTS   := $(patsubst %.c,$(BUILD)/%,$(TEST_SRC))

all: $(BUILD)/tonearm

$(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -c $< -o $@

$(BUILD)/libtonearm.a: $(LIB_OBJ)
	@rm -f $@
	ar rcs $@ $^

$(BUILD)/tonearm: $(call obj,$(CLI_SRC)) $(BUILD)/libtonearm.a
	$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ $(LDLIBS)

$(BUILD)/test/%: $(BUILD)/obj/test/%.o $(call obj,$(SUPPORT_SRC)) $(BUILD)/libtonearm.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(EXTRA_CFLAGS) $^ -o $@ -lcmocka $(LDLIBS)

tests: $(TESTS)

clean:
	rm -rf $(BUILD)

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
.PHONY: all tests clean
.SECONDARY:
