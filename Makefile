# numarig: see README.md. `make help` lists the targets.
# SPDX-License-Identifier: GPL-2.0-or-later
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# SAN=address,undefined builds beside the normal tree, with sanitizers, for `make SAN=... check`.
SAN ?=
B   := build$(if $(SAN),-san)
CC  ?= gcc
ifeq ($(origin CC),default)
CC  := gcc
endif
CSTD    := -std=gnu11 -D_GNU_SOURCE
# WERROR= for compilers that warn of more than ours do
WERROR  ?= -Werror
WARN    := -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wformat=2 \
           -Wvla -Wwrite-strings -Wno-format-truncation -Wno-missing-field-initializers
# gcc's own manual: with sanitizers warnings come that are none, so they are no errors there.
SANFLAG := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-error)
CFLAGS  ?= -O2 -g
# No build path and no date in what is built: the guest's programs are part of a run's inputs.
REPRO   := '-ffile-prefix-map=$(CURDIR)/='
HOSTC   := $(CC) $(CSTD) $(WARN) $(CPPFLAGS) $(CFLAGS) $(SANFLAG) $(REPRO) -Iharness -I. -MMD -MP
GUESTC  := $(CC) $(CSTD) $(WARN) -O2 $(REPRO) -DNUMARIG_GUEST -fno-ident -Iharness -I. -MMD -MP
LIBS    := -ljansson -larchive -lcrypto -lnuma

# V=1 shows whole command lines.
Q := $(if $(V),,@)
say = $(if $(V),,@echo '  $(1)')

# The rooms, in the order in which they may include one another: ci/layers has it.
ROOMS     := $(shell sh ci/layers --rooms)
LIB_SRC   := $(sort $(wildcard $(ROOMS:%=harness/%/*.c)))
CMD_SRC   := $(sort $(wildcard harness/*.c))
WL_SRC    := $(sort $(wildcard workloads/*.c))
WLLIB_SRC := $(sort $(wildcard workloads/lib/*.c))
AGENT_SRC := $(sort $(wildcard guests/agent/*.c))
# what the guest's programs share with the host
AGENT_LIB := harness/wire/frame.c
WL_GUEST  := guests/workloads/main.c harness/base/idset.c harness/base/err.c \
             harness/base/condition.c
PROG_SRC  := $(sort $(wildcard guests/programs/*.c))
UNIT_SRC  := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_SRC  := $(sort $(wildcard tests/fuzz/fuzz_*.c))

obj  = $(patsubst %.c,$(B)/host/%.o,$(1))
gobj = $(patsubst %.c,$(B)/guest/obj/%.o,$(1))

.PHONY: all cases help deps run regress regress-accept test check lint layers unit e2e prove signals mission bench lab-kernel clean guest format docs goldens
all: $(B)/numarig $(B)/steady.so $(B)/trace.so guest $(B)/numarig.1

# --- what is missing on this machine -------------------------------------------------------------------------
# Each target asks for what it needs itself (ci/deps --list). DEPS=0 leaves the system alone, and says what a build lacks. The stamp
# makes it one look per checkout, not one per command.
DEPS_SETS  := build $(if $(filter-out lint,$(or $(MAKECMDGOALS),all)),run) \
              $(if $(filter check test unit e2e goldens lint deps $(B)/unit/%,$(MAKECMDGOALS)),test) $(if $(filter check test lint deps,$(MAKECMDGOALS)),tools)
# What runs machines needs a kernel, which ci/deps asks a mirror for before it installs anything.
DEPS_KERNEL := $(if $(filter run regress regress-accept mission cases test e2e prove bench,$(MAKECMDGOALS)),$(or $(KERNEL),6.12))
DEPS_STAMP := $(B)/.deps$(if $(filter 0,$(DEPS)),-look)-$(subst $(eval ) ,-,$(strip $(DEPS_SETS)))
$(DEPS_STAMP): ci/deps
	@CC='$(CC)' KERNEL='$(DEPS_KERNEL)' sh ci/deps $(if $(filter 0,$(DEPS)),--look )$(strip $(DEPS_SETS))
	@mkdir -p $(@D) && touch $@
deps: $(DEPS_STAMP)

# --- what people type: make run TOPO=4node [WORKLOAD=a:p=1,b] [KERNEL=..] [ENGINE=..] [KNOBS="a=b c=d"] [SEED=N] [SEEDS=N] [JOBS=N] ---
RUN_VARS     := TOPO WORKLOAD KERNEL ENGINE KNOBS SEED SEEDS JOBS OUT TAP JUNIT
REGRESS_VARS := TOPO KERNEL ENGINE PLAN BASELINES JOBS OUT TAP JUNIT
BUILD_VARS   := DEPS SAN CC CFLAGS CPPFLAGS LDFLAGS WERROR V B Q VERSION PREFIX DESTDIR
# A variable of the command line that these do not know, with the known one whose name it begins with or that begins with it.
goal := $(firstword $(filter run regress regress-accept,$(MAKECMDGOALS)))
ifneq ($(goal),)
takes := $(if $(filter run,$(goal)),$(RUN_VARS),$(REGRESS_VARS))
$(foreach v,$(.VARIABLES),$(if $(findstring command line,$(origin $v)),$(if $(filter $v,$(takes) $(BUILD_VARS) MAKEFLAGS MAKEOVERRIDES),,\
	$(error $v is not known to make $(goal), which takes $(takes)$(foreach k,\
	$(firstword $(foreach k,$(takes),$(if $(filter $k%,$v)$(filter $v%,$k),$k))), (did you mean $k?))))))
ifeq ($(goal)$(TOPO),run)
$(error make run needs the name of a topology, such as TOPO=4node; $(B)/numarig list topologies has the names)
endif
endif
run: all
	@$(B)/numarig run -t '$(TOPO)' $(if $(WORKLOAD),-w '$(WORKLOAD)') \
		$(if $(KERNEL),-k '$(KERNEL)') $(if $(ENGINE),-e '$(ENGINE)') $(foreach k,$(KNOBS),-s '$(k)') \
		$(if $(SEED),--seed '$(SEED)') $(if $(SEEDS),--seeds '$(SEEDS)') $(if $(JOBS),-j '$(JOBS)') \
		$(if $(OUT),-o '$(OUT)') $(if $(TAP),--tap '$(TAP)') $(if $(JUNIT),--junit '$(JUNIT)')

# A table for people, and for git: results/mission.json and results/MISSION.md.
mission: all lab-kernel
	@$(B)/numarig mission -o results -j $(or $(JOBS),2) $(if $(KERNEL),-k '$(KERNEL)') $(if $(SEED),--seed '$(SEED)')

# What ci/regress.json names, against results/baselines; regress-accept prints the difference and makes it the baseline.
regress regress-accept: all
	@$(B)/numarig regress $(if $(filter %-accept,$@),--accept) -j $(or $(JOBS),2) $(if $(TOPO),-t '$(TOPO)') \
		$(if $(KERNEL),-k '$(KERNEL)') $(if $(ENGINE),-e '$(ENGINE)') $(if $(PLAN),--plan '$(PLAN)') \
		$(if $(BASELINES),--baselines '$(BASELINES)') $(if $(OUT),-o '$(OUT)') $(if $(TAP),--tap '$(TAP)') \
		$(if $(JUNIT),--junit '$(JUNIT)')

# Every case on the newest 6.1 and 6.12, for people and for git; a case that differs from what it expects is an error.
cases: all
	@$(B)/numarig repro all --json -j $(or $(JOBS),2) >cases/results.json.new; code=$$?; \
	[ $$code -le 1 ] || [ $$code -eq 3 ] || exit $$code; mv cases/results.json.new cases/results.json; \
	sh cases/make-readme $(B)/numarig >cases/README.md.new && mv cases/README.md.new cases/README.md; \
	$(B)/numarig repro --from cases/results.json

help:
	@echo 'make run TOPO=4node [WORKLOAD=bind:pages=64,fork-cow] [KERNEL=6.12|6.1|lab|ABI|FILE|DIR] [ENGINE=exact|fast|kvm|auto]'
	@echo '         [KNOBS="thp.enabled=never ksm.run=1"] [SEED=N] [SEEDS=N] [JOBS=N]'
	@echo '         [OUT=DIR] [TAP=FILE] [JUNIT=FILE]: regress has them, too'
	@echo 'make regress [KERNEL=..] [TOPO=..] [PLAN=ci/regress.json] [BASELINES=results/baselines] [JOBS=N]'
	@echo '             a plan against what it came to before; make regress-accept makes that the baseline'
	@echo 'make test    build, lint, unit tests, failure scripts, then end to end on real QEMU'
	@echo 'make check   the part of it without a virtual machine; SAN=address,undefined: with sanitizers'
	@echo 'make prove   exactness, at length (half an hour)'
	@echo 'make signals signals at random moments, to every command (5 minutes)'
	@echo 'make mission every statement of the mission on 6.1, 6.12 and the lab kernel; results/MISSION.md [JOBS=N]'
	@echo 'make cases   every reported bug on 6.1 and 6.12; cases/README.md [JOBS=N]'
	@echo 'make bench   speed and memory, as ratios; results/bench.json; BENCH=quick: 4node only, 3 rounds'
	@echo 'make lab-kernel  build the kernel that KERNEL=lab takes: CMA and more (5 minutes)'
	@echo 'make install   [PREFIX=/usr/local] [DESTDIR=] [libdir=]; make uninstall with the same'
	@echo 'make dist      $(B)/numarig-VERSION.tar.xz, of what is committed'
	@echo 'make deps    install what is missing (each target does so for itself; DEPS=0 leaves the system alone)'
	@echo 'make goldens [TOPO=NAME]  write what the tests compare a topology with: tests/topologies'
	@echo 'make docs    docs/workloads.md, the reference of the workloads; not in git'
	@echo 'make format  clang-format over the tree; make lint'
	@echo 'make clean'

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

# The kernel with what stock ones leave out, into the cache: `-k lab` finds it there. As harness/kit/cache.c, where that is.
LAB_CACHE := $(or $(NUMARIG_CACHE),$(if $(filter /%,$(XDG_CACHE_HOME)),$(XDG_CACHE_HOME)/numarig,$(HOME)/.cache/numarig))
lab-kernel:
ifneq ($(DEPS),0)
	@KERNEL=lab sh ci/deps build run lab
endif
	@sh guests/kernel/lab '$(LAB_CACHE)'

# The version's file is made anew only when it is another.
VERSION := $(shell sh ci/version)
$(B)/version.c: FORCE
	@mkdir -p $(@D)
	@{ echo '#include "harness/cli.h"'; echo 'const char numarig_version[] = "$(VERSION)";'; } >$@.new; \
	if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi
FORCE:

# --- host program ------------------------------------------------------------------------------------------------
$(B)/host/%.o: %.c | $(DEPS_STAMP)
	@mkdir -p $(@D)
	$(call say,CC      $@)
	$(Q)$(HOSTC) -c $< -o $@

# The table of workloads is made from the file names.
$(B)/workload_table.c: $(WL_SRC) Makefile
	@mkdir -p $(@D)
	@{ echo '/* made by the Makefile from the names in workloads/ */'; echo '#include "workloads/workload.h"'; \
	   for w in $(basename $(notdir $(WL_SRC))); do echo "extern const struct workload workload_$$(echo $$w | tr - _);"; done; \
	   echo 'const struct workload_entry workload_table[] = {'; \
	   for w in $(basename $(notdir $(WL_SRC))); do echo "	{ \"$$w\", &workload_$$(echo $$w | tr - _) },"; done; \
	   echo '	{ 0 } };'; } >$@

$(B)/libnumarig.a: $(call obj,$(LIB_SRC) $(WL_SRC) $(WLLIB_SRC)) $(B)/workload_table.o
	@rm -f $@
	$(call say,AR      $@)
	$(Q)ar rcD $@ $^

$(B)/workload_table.o $(B)/version.o: $(B)/%.o: $(B)/%.c | $(DEPS_STAMP)
	$(call say,CC      $@)
	$(Q)$(HOSTC) -c $< -o $@

$(B)/numarig: $(call obj,$(CMD_SRC)) $(B)/version.o $(B)/libnumarig.a
	$(call say,LD      $@)
	$(Q)$(CC) $(SANFLAG) $(LDFLAGS) -o $@ $^ $(LIBS)

# The manual page, with the program's own tables of commands and options in it.
$(B)/numarig.1: docs/numarig.1.in $(B)/numarig
	@$(B)/numarig man >$@.commands
	@sed -e '/^@COMMANDS@$$/{r $@.commands' -e 'd}' -e 's/@VERSION@/$(VERSION)/' $< >$@

# Goes into QEMU, not into us: see there.
$(B)/steady.so: harness/preload/steady.c harness/preload/steady.h | $(DEPS_STAMP)
	@mkdir -p $(@D)
	$(call say,CC      $@)
	$(Q)$(CC) $(CSTD) $(WARN) -O2 $(REPRO) -fno-ident -s -shared -fPIC -Wl,--build-id=none -o $@ $<

# The access trace, QEMU's too: harness/plugin/trace.h. What it calls of QEMU and GLib it finds in QEMU.
TRACE_SRC := $(sort $(wildcard harness/plugin/*.c)) $(addprefix harness/,trace/caches.c trace/caches_sizes.c base/err.c base/text.c)
$(B)/plugin/%.o: %.c | $(DEPS_STAMP)
	@mkdir -p $(@D)
	$(call say,CC      $@)
	$(Q)$(CC) $(CSTD) $(WARN) -O2 $(REPRO) -fno-ident -fvisibility=hidden -fPIC -Iharness -MMD -MP -c $< -o $@

$(B)/trace.so: $(TRACE_SRC:%.c=$(B)/plugin/%.o)
	$(call say,LD      $@)
	$(Q)$(CC) -s -shared -Wl,--build-id=none -o $@ $^

# --- guest programs: static, and the same bytes wherever they are built -----------------------------------------
GUEST_BIN := $(B)/guest/agent $(B)/guest/workloads $(patsubst guests/programs/%.c,$(B)/guest/%,$(PROG_SRC)) \
             $(B)/guest/libx.so $(B)/guest/liby.so
# Programs go into the guest by being here: one whose source is gone would be in it still, and in the digest.
guest: $(GUEST_BIN)
	@for f in $(filter-out $(GUEST_BIN) $(B)/guest/obj $(wildcard $(B)/guest/*.[do]) $(B)/guest/workloads.ld,$(wildcard $(B)/guest/*)); do \
		rm -f "$$f"; done

$(B)/guest/obj/%.o: %.c | $(DEPS_STAMP)
	@mkdir -p $(@D)
	$(call say,CC      $@)
	$(Q)$(GUESTC) -c $< -o $@

$(B)/guest/workload_table.o: $(B)/workload_table.c | $(DEPS_STAMP)
	@mkdir -p $(@D)
	$(call say,CC      $@)
	$(Q)$(GUESTC) -c $< -o $@

$(B)/guest/agent: $(call gobj,$(AGENT_SRC) $(AGENT_LIB))
	$(call say,LD      $@)
	$(Q)$(CC) -static -s -Wl,--build-id=none -o $@ $^

$(B)/guest/workloads: $(call gobj,$(WL_SRC) $(WLLIB_SRC) $(WL_GUEST)) $(B)/guest/workload_table.o
	$(call say,LD      $@)
	@# libnuma names getaddrinfo, for which ld warns in static programs; nothing here calls it
	$(Q)$(CC) -static -s -Wl,--build-id=none -o $@ $^ -lnuma 2>$@.ld || { cat $@.ld >&2; exit 1; }

# Dynamically linked on purpose: what program text and libraries do is what these are for.
$(B)/guest/%: guests/programs/%.c harness/wire/mark.h | $(DEPS_STAMP)
	@mkdir -p $(@D)
	$(call say,CC      $@)
	$(Q)$(CC) $(CSTD) $(WARN) -O2 $(REPRO) -Iharness -fno-ident -s -Wl,--build-id=none -o $@ $<

# Two files, so that the page cache can have them on two nodes; nothing of libc's start files in them.
$(B)/guest/lib%.so: guests/programs/lib/steps.c | $(DEPS_STAMP)
	@mkdir -p $(@D)
	$(call say,CC      $@)
	$(Q)$(CC) $(CSTD) $(WARN) -O2 $(REPRO) -fno-ident -s -shared -fPIC -nostdlib -Wl,--build-id=none -o $@ $<

# --- tests --------------------------------------------------------------------------------------------------------
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
tobj = $(patsubst tests/%.c,$(B)/tests/%.o,$(1))

# Objects, so that a change of the library links anew and compiles nothing. What takes long is mostly in the library.
TEST_O := -O0
$(B)/tests/unit/test_caches_random.o: TEST_O := -O2
$(B)/tests/%.o: tests/%.c | $(DEPS_STAMP)
	@mkdir -p $(@D)
	$(call say,CC      $@)
	$(Q)$(HOSTC) $(TEST_O) -DTEST_SOURCE_DIR='"$(CURDIR)"' -DTEST_BUILD='"$(B)"' -c -o $@ $<

# test_steady plays QEMU for steady.so, which looks for a function of QEMU's in it.
$(B)/unit/test_steady: UNIT_LINK := -rdynamic
$(B)/unit/test_steady: $(B)/steady.so
$(UNIT_BIN): $(B)/unit/%: $(B)/tests/unit/%.o $(B)/libnumarig.a
	@mkdir -p $(@D)
	$(call say,LD      $@)
	$(Q)$(CC) $(SANFLAG) $(UNIT_LINK) -o $@ $(filter %.o %.a,$^) -lcmocka $(LIBS)

# A fuzz target as a plain test: every file of its corpus goes through it once.
$(FUZZ_BIN): $(B)/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/replay.o $(B)/libnumarig.a
	@mkdir -p $(@D)
	$(call say,LD      $@)
	$(Q)$(CC) $(SANFLAG) -o $@ $(filter %.o %.a,$^) $(LIBS)

# What the program costs, beside what people do today: docs/bench.md. BENCH=quick: 3 rounds, 4node only.
# BENCH_ARGS="--rounds 9 --topology 8node --kernel 6.1" for others.
BENCH_SRC := $(sort $(wildcard tests/bench/*.c))
$(B)/bench: $(call obj,$(BENCH_SRC)) $(B)/libnumarig.a
	$(call say,LD      $@)
	$(Q)$(CC) $(SANFLAG) -o $@ $^ $(LIBS) -lm

bench: all $(B)/bench
	@$(B)/bench $(if $(filter quick,$(BENCH)),--quick) $(BENCH_ARGS)

# The QEMU of the failure scripts: see tests/fake/fake.h.
FAKE_SRC := $(sort $(wildcard tests/fake/*.c))
FAKE_BIN := $(if $(FAKE_SRC),$(B)/fake/qemu)
$(B)/fake/qemu: $(call tobj,$(FAKE_SRC)) $(B)/libnumarig.a
	@mkdir -p $(@D)
	$(call say,LD      $@)
	$(Q)$(CC) $(SANFLAG) -o $@ $(filter %.o %.a,$^) $(LIBS)

# Signals at random moments, over every command: tests/signals/run.
$(B)/signals: $(B)/tests/signals/signals.o $(B)/libnumarig.a
	$(call say,LD      $@)
	$(Q)$(CC) $(SANFLAG) -o $@ $(filter %.o %.a,$^) $(LIBS)

TESTENV  := B=$(B) CC="$(CC)"

unit: $(UNIT_BIN)
	@$(TESTENV) sh tests/run $(UNIT_BIN)

# What QEMU is asked and the guest must show for each topology, and what a wrong file is told: tests/topologies.
goldens: $(B)/unit/test_goldens
	@$(B)/unit/test_goldens --write $(TOPO)

# What the program says of its own workloads, for people to read: docs/workloads.md, which is not in git.
docs: $(B)/numarig
	sh docs/make-workloads $(B)/numarig >docs/workloads.md.new
	mv docs/workloads.md.new docs/workloads.md

lint: $(DEPS_STAMP)
	@sh ci/lint

layers: all
	@sh ci/layers
	@B=$(B) sh ci/cycles

# check: all that needs no virtual machine; what passed and has not changed since is counted, not run (CHECK_ALL=1 runs it).
# test: all of it, then real QEMU.
# What takes longest begins first.
SCRIPTS := $(sort $(wildcard tests/check/*.sh))
FIRST   := tests/check/fake_qemu.sh tests/check/adding.sh tests/check/signals.sh
CHECKS  := $(FIRST) ci/lint ci/layers ci/cycles $(filter-out $(FIRST),$(SCRIPTS)) $(B)/unit/test_steady \
           $(filter-out %/test_steady,$(UNIT_BIN)) $(FUZZ_BIN)
check: all $(UNIT_BIN) $(FUZZ_BIN) $(FAKE_BIN) $(B)/signals
	@$(TESTENV) sh tests/run $(CHECKS)

test: all $(UNIT_BIN) $(FUZZ_BIN) $(FAKE_BIN) $(B)/signals
	@$(TESTENV) CHECK_ALL=1 sh tests/run $(CHECKS) $(sort $(wildcard tests/e2e/*.sh))

# What test does beyond check; and exactness at length: PROVE=quick for three runs of each, PROVE=resume to go on.
e2e: all $(UNIT_BIN)
	@$(TESTENV) sh tests/run $(sort $(wildcard tests/e2e/*.sh))

prove: all lab-kernel $(FAKE_BIN)
	@$(TESTENV) WORKLOAD='$(WORKLOAD)' sh tests/prove
	@$(TESTENV) sh tests/install || [ $$? -eq 77 ]

# 1,000 signals at random moments to every command, and 40 with the real QEMU (5 minutes).
signals: all $(FAKE_BIN) $(B)/signals
	@$(TESTENV) sh tests/signals/run
	@$(TESTENV) sh tests/signals/run --real

include ci/install.mk

clean:
	rm -rf build build-san docs/workloads.md

-include $(shell find $(B) -name '*.d' 2>/dev/null)
