#!/bin/sh
# Fails when shellcheck complains about a script, known by its first line: which shell runs it, or
# for which it is meant.
cd "$(dirname "$0")/../.." || exit 1
git ls-files --cached --others --exclude-standard | while read -r file; do
	[ -f "$file" ] && head -n 1 "$file" | grep -qaE '^#!/.*\b(ba)?sh( |$)|^# shellcheck shell=' && printf '%s\0' "$file"
done | xargs -0 shellcheck --external-sources --severity=warning
