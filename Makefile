# `make demo` and `make test` set themselves up in .venv; nothing outside this folder is changed.
ISA ?= portable;avx2

.PHONY: native
native:  ## build the native core beside the sources (for work on it)
	cmake -S . -B build -G Ninja -DMIXWRIGHT_IN_PLACE=ON "-DMIXWRIGHT_ISAS=$(ISA)"
	cmake --build build
