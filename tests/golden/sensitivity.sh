#!/bin/sh
# Compares docs/sensitivity.md with what the suites make of it.
#   sensitivity.sh SENSITIVITY           shows what differs; 1 where anything does
#   sensitivity.sh SENSITIVITY --update  writes it anew
table=$(realpath "$1")
update=${2:-}
cd "$(dirname "$0")/../.." || exit 1
tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT
page() {
	cat <<'EOF'
# What a run sees
On a mesh that nobody changed the first look at a check is its verdict; a failure is never tried again until it holds. So how small a
loss is seen depends on how much one look asks: of `n` requests of which a share `p` is lost, independently, at least one is lost with
a chance of `1 - (1 - p)^n`, and that is red. This table is made from the suites, on the shipped topology, by
`tests/golden/sensitivity.sh`, and a test holds it to them.

The first number is what one run of the check sends and judges. The second is the smallest `p` that it sees in 99.9 % of runs. The
third is how likely it does not meet one replica that is dead, where each of its requests may go to any of them alike; gateways pick by load,
which meets all of them sooner, and what a check sends to every replica at its own address misses none. A check that judges who answers, and
not each answer, says how likely it is wrong itself (`false-alarm` in its suite). What goes to a gateway alone, to an agent or to copies of
the server meets no replica.

EOF
	"$table" .
}
page >"$tmp" || exit 1
if [ -n "$update" ]; then
	cp "$tmp" docs/sensitivity.md
	exit
fi
diff -u docs/sensitivity.md "$tmp"
