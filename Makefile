# SPDX-License-Identifier: MIT OR Apache-2.0
#
# The front door: everything runs inside a private root that ./box makes at first use. "make help" lists the targets.

BOX := ./box
WINDOWS_BOX := ./box --root=windows
JOBS ?= $(shell nproc)

# Settings of "make run".
RUN_SETTINGS := $(foreach name,SCENE FRAMES WIDTH HEIGHT LINK OUT FORMAT RENDERER INTERRUPTS ACCELERATOR,\
	$(if $($(name)),$(name)=$($(name))))

# QEMUs of "make qemu-device".
QEMU_VERSIONS := $(or $(VERSIONS),7.2 10.0 newest)

# Settings of "make fuzz".
FUZZ_SETTINGS := $(foreach name,TIME TARGET JOBS,$(if $($(name)),$(name)=$($(name))))

.PHONY: help run test build debug asan tsan release windows bench flood fuzz mutants soak stress qemu-device coverage shaders docs docs-output format format-check lint install clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 24

run: build ## boot a VM, draw the cubes, leave the frames in out/ (SCENE= FRAMES= WIDTH= HEIGHT= LINK=)
	@$(BOX) tools/run-demo.sh $(RUN_SETTINGS)

test: ## build with every compiler and run every suite (SUITES="unit vm" for some)
	@tests/run.sh $(SUITES)

build: build/linux/build.ninja ## the Linux programs, in build/linux
	@$(BOX) ninja -C build/linux -j $(JOBS) | tools/ninja-progress.sh

build/linux/build.ninja:
	@$(BOX) meson setup build/linux >/dev/null

debug: ## without optimisation, in build/debug
	@test -f build/debug/build.ninja || $(BOX) meson setup build/debug --buildtype=debug >/dev/null
	@$(BOX) ninja -C build/debug -j $(JOBS) | tools/ninja-progress.sh

asan: ## with AddressSanitizer and UBSan, in build/asan
	@test -f build/asan/build.ninja || $(BOX) meson setup build/asan -Db_sanitize=address,undefined -Db_lundef=false >/dev/null
	@$(BOX) ninja -C build/asan -j $(JOBS) | tools/ninja-progress.sh

tsan: ## with ThreadSanitizer, in build/tsan
	@test -f build/tsan/build.ninja || $(BOX) meson setup build/tsan -Db_sanitize=thread -Db_lundef=false >/dev/null
	@$(BOX) ninja -C build/tsan -j $(JOBS) | tools/ninja-progress.sh

release: ## optimised, without assertions, in build/release
	@test -f build/release/build.ninja || $(BOX) meson setup build/release --buildtype=release -Db_ndebug=true >/dev/null
	@$(BOX) ninja -C build/release -j $(JOBS) | tools/ninja-progress.sh

windows: ## the Windows programs, in build/windows
	@test -f build/windows/build.ninja || $(WINDOWS_BOX) meson setup build/windows --cross-file boxes/mingw-w64.ini >/dev/null
	@$(WINDOWS_BOX) ninja -C build/windows -j $(JOBS) | tools/ninja-progress.sh

bench: release ## measure; prints tables
	@$(BOX) bench/run.sh

flood: release ## what a hostile VM costs, and what another notices (TIME=8 RENDERER=null)
	@$(BOX) --private-shm bench/flood.py build/release $(or $(TIME),8) $(or $(RENDERER),null)

fuzz: ## fuzz each target for TIME=60 seconds and print what was covered (TARGET= JOBS=)
	@$(BOX) fuzz/run.sh $(FUZZ_SETTINGS)

mutants: build ## draw mutants of shaders on Direct3D (COUNT= SEED= STAGES= JOBS=)
	@$(BOX) tests/mutants/run.sh $(foreach name,COUNT SEED JOBS,$(if $($(name)),$(name)=$($(name)))) \
		$(if $(STAGES),STAGES="$(STAGES)")

soak: build ## VMs come, go, misbehave and lose their renderers for TIME=7200 seconds (SEED=)
	@$(BOX) --private-shm tests/soak/soak.py build/linux $(or $(TIME),7200) $(SEED)

stress: build ## VMs on each link are killed, reset and restarted at random moments (EVENTS=50 SEED=1 LINKS=)
	@PVGPU_QEMU_PIPE="$${PVGPU_QEMU_PIPE:-$$(find build/qemu -name qemu-system-x86_64 2>/dev/null | sort -V | tail -n 1)}" \
		$(BOX) --private-shm tests/stress/stress.py build/linux $(or $(EVENTS),50) $(or $(SEED),1) $(LINKS)

qemu-device: build ## build QEMU with the pvgpu device from Debian's sources, and test it (VERSIONS="7.2 10.0 newest")
	@set -e; for version in $(QEMU_VERSIONS); do qemu/build.sh $$version; done
	@$(BOX) --private-shm tests/suites/qemu.sh $(QEMU_VERSIONS:%=build/qemu/%/qemu-system-x86_64)

shaders: ## compile the shaders again (FOLDERS="exact corpus" for some)
	@./box --root=shaders shaders/compile.sh $(FOLDERS)

coverage: build ## which case of the exactness suite notices each field of the protocol (minutes)
	@$(BOX) tests/exact/coverage.py find build/linux/tests/exact/exact-guest dxvk

docs: build ## write the tables of docs/ that come from the code
	@$(BOX) tools/protocol-tables.py
	@$(BOX) tools/option-docs.py

docs-output: build ## write what docs/command-line.md shows of running programs
	@$(BOX) tools/doc-output.sh build/linux

format: ## format the sources
	@$(BOX) sh -c 'git ls-files "*.c" "*.h" | xargs clang-format -i'

format-check: ## whether the sources are formatted
	@$(BOX) sh -c 'git ls-files "*.c" "*.h" | xargs clang-format --dry-run -Werror'

lint: build ## clang-tidy and shellcheck
	@$(BOX) tools/lint.sh

install: ## build for this system and install (PREFIX=/usr/local DESTDIR=)
	@tools/install.sh $(foreach name,PREFIX DESTDIR,$(if $($(name)),$(name)=$($(name))))

clean: ## remove what was built (the roots in the cache folder stay)
	@rm -rf build out
