# Thin front over CMake presets and scripts; `make help` lists what there is.
.PHONY: help demo test test-asan test-tsan netlab netlab-soak bench bench-full bench-report bench-soak \
  bench-compare bench-build fuzz format tidy clean packages-build packages-bench packages-test packages-dev

help: ## what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: packages-build ## build, then two processes connect, chat and send a file
	@cmake --preset release -DSLUICE_BUILD_TESTS=OFF -DSLUICE_BUILD_BENCHMARKS=OFF \
		-DSLUICE_WARNINGS_AS_ERRORS=OFF -B build/demo $(CMAKE_FLAGS)
	@cmake --build build/demo -j2
	@scripts/demo.sh build/demo

test: packages-test ## build and run every test, with real browsers among them
	@cmake --preset dev $(CMAKE_FLAGS)
	@cmake --build --preset dev -j2
	@ctest --preset dev $(CTEST_FLAGS)

test-asan: packages-test ## the tests under address and undefined-behaviour sanitizers
	@cmake --preset asan $(CMAKE_FLAGS)
	@cmake --build --preset asan -j2
	@ctest --preset asan -LE 'browser|netlab' $(CTEST_FLAGS)

test-tsan: packages-dev ## the tests under the thread sanitizer
	@cmake --preset tsan $(CMAKE_FLAGS)
	@cmake --build --preset tsan -j2
	@ctest --preset tsan -LE 'browser|netlab' $(CTEST_FLAGS)

netlab: packages-test ## peers in every kind of network: the whole matrix (NETLAB_FLAGS are for netlab.py)
	@cmake --preset dev $(CMAKE_FLAGS)
	@cmake --build --preset dev -j2 --target sluice-peer sluice-cable
	@$(NETLAB) $(NETLAB_FLAGS)

netlab-soak: NETLAB_FLAGS = --soak=660
netlab-soak: netlab ## eleven minutes of traffic through a TURN server

bench: bench-build ## measure everything but the paths, beside the floor and the goals
	@build/release/bench/sluice-bench --json build/bench.json $(BENCH_FLAGS)

bench-compare: bench-build build/compare/libdatachannel.mjs ## the paths with loss, beside libdatachannel (needs node and npm)
	@build/release/bench/sluice-bench path --compare build/compare/libdatachannel.mjs --json build/paths.json $(BENCH_FLAGS)

build/compare/%: bench/compare/% bench/compare/package.json
	@mkdir -p build/compare
	@cp $^ build/compare
	@npm install --prefix build/compare --no-audit --no-fund --silent

bench-full: bench ## and the matrix of paths and the profile; all into docs/performance.md
	@build/release/bench/sluice-bench matrix --repeat 1 --json build/matrix.json
	@bench/profile.py build/release/bench build/profile.json
	@bench/report.py docs --results build/bench.json --matrix build/matrix.json --profile build/profile.json

bench-report: bench ## the table, its plot and the profile into docs/performance.md, the matrix as it was
	@bench/profile.py build/release/bench build/profile.json
	@bench/report.py docs --results build/bench.json --profile build/profile.json

bench-soak: bench-build ## full speed for SOAK_SECONDS (1800), then connections that come and go for CHURN_SECONDS (600)
	@build/release/bench/sluice-bench soak --repeat 1 --json build/soak.json \
		--soak-seconds $(or $(SOAK_SECONDS),1800) --churn-seconds $(or $(CHURN_SECONDS),600) $(BENCH_FLAGS)

bench-build: packages-bench
	@cmake --preset release -DSLUICE_BUILD_TESTS=OFF $(CMAKE_FLAGS)
	@cmake --build --preset release -j2

fuzz: packages-dev ## run every fuzz target for FUZZ_SECONDS (default 60)
	@cmake --preset fuzz $(CMAKE_FLAGS)
	@cmake --build --preset fuzz -j2
	@scripts/fuzz.sh build/fuzz $(or $(FUZZ_SECONDS),60)

format: packages-dev ## lay out the code as .clang-format says
	@git ls-files '*.cpp' '*.hpp' '*.h' '*.c' | xargs clang-format-14 -i

tidy: packages-dev ## clang-tidy over the library
	@cmake --preset dev $(CMAKE_FLAGS)
	@git ls-files 'src/*.cpp' | xargs -P2 -n4 clang-tidy-14 -p build/dev --quiet

clean: ## remove what was built
	@rm -rf build

packages-build packages-bench packages-test packages-dev:
	@scripts/packages.sh $(@:packages-%=%)

NETLAB = PYTHONDONTWRITEBYTECODE=1 python3 tests/netlab/netlab.py --peer=build/dev/examples/sluice-peer \
	--cable=build/dev/tests/netlab/sluice-cable $(if $(SLUICE_SHARED_DIR),--peers=$(SLUICE_SHARED_DIR)/peers)

CMAKE_FLAGS += $(if $(shell command -v ccache),-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)
CMAKE_FLAGS += $(if $(SLUICE_SHARED_DIR),-DSLUICE_SHARED_DIR=$(abspath $(SLUICE_SHARED_DIR)))
