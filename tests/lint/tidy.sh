#!/usr/bin/env bash
# Fails when clang-tidy finds something: tidy.sh BUILD-FOLDER. As many at once as there are
# processors. Only findings are printed: clang-tidy also counts the warnings that it leaves out.
#
# It takes both processors for minutes, so a source in which nothing was found is remembered, by all that this
# depends on, for a month; what was found in others is found again.
set -o pipefail
cd "$(dirname "$0")/../.." || exit 1
build=$1
clean=${XDG_CACHE_HOME:-$HOME/.cache}/wookie-conform-tidy
mkdir -p "$clean" || exit 1
find "$clean" -type f -mtime +30 -delete
keys=$(tests/lint/tidy-keys "$build") || exit 1
export build clean
# shellcheck disable=SC2016 # the shell inside knows them
echo "$keys" | while read -r source key; do
	[ -e "$clean/$key" ] || printf '%s\0%s\0' "$source" "$key"
done | xargs -0r -n 2 -P "$(nproc)" bash -c '
	clang-tidy -p "$build" --quiet --warnings-as-errors="*" "$0" || exit 1
	[ "$1" = - ] || : >"$clean/$1"' 2>&1 |
	{ grep -vE '^[0-9]+ warnings? generated\.$' || true; }
