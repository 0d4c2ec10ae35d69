#!/bin/sh
# Fails when clang-tidy finds something: tidy.sh BUILD-FOLDER. As many at once as there are
# processors, quietly: only findings are printed.
cd "$(dirname "$0")/../.." || exit 1
find harness -name '*.c' -print0 |
	xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$1" --quiet --warnings-as-errors='*'
