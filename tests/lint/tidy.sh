#!/usr/bin/env bash
# Fails when clang-tidy finds something: tidy.sh BUILD-FOLDER. As many at once as there are
# processors. Only findings are printed: clang-tidy also counts the warnings that it leaves out.
set -o pipefail
cd "$(dirname "$0")/../.." || exit 1
find harness -name '*.c' -print0 |
	xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$1" --quiet --warnings-as-errors='*' 2>&1 |
	{ grep -vE '^[0-9]+ warnings? generated\.$' || true; }
