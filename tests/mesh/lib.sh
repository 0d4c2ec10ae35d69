# shellcheck shell=bash disable=SC2034
# Sourced by the tests on the real mesh. Each test is a script of its own that prints "ok NAME" or
# "not ok NAME: why" lines and exits non-zero when one is not ok.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# What else happens on the machine is none of a test's business.
[ -n "${LANE+x}" ] || exec "$here/lane" "$0" "$@"
root=$(cd "$here/../.." && pwd)
wookie=${WOOKIE:-wookie-conform}
# Tests work in folders of their own.
wookie=$(realpath "$(command -v "$wookie")")
work=$(mktemp -d "${TMPDIR:-/tmp}/wookie-mesh-test.XXXXXX")
bad=0
mesh= # the one that a test works on; it says which

ok() {
	echo "ok $1"
}

not_ok() {
	echo "not ok $1: $2"
	bad=1
}

# expect NAME CODE COMMAND...: runs it with its output in $work/out, and compares the exit code.
expect() {
	local name=$1 code=$2 got
	shift 2
	"$@" >"$work/out" 2>&1 </dev/null
	got=$?
	if [ "$got" = "$code" ]; then
		ok "$name"
	else
		not_ok "$name" "exit code $got, expected $code; the end of its output:"
		tail -n 25 "$work/out" | sed 's/^/#   /'
	fi
}

# expect_text NAME PATTERN FILE
expect_text() {
	if grep -qE -- "$2" "$3"; then
		ok "$1"
	else
		not_ok "$1" "no line like '$2'"
		tail -n 25 "$3" | sed 's/^/#   /'
	fi
}

# eventually SECONDS COMMAND...: true as soon as the command is.
eventually() {
	local end=$((SECONDS + $1))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.2
	done
}

# kubectl on a cluster of $mesh.
kube() { # kube CLUSTER ARGUMENT...
	local cluster=$1
	shift
	timeout 60 "$wookie" shell --name "$mesh" "$cluster" -- kubectl "$@"
}

# Whether the mesh that tests share is there: the first of them brings it up, and each leaves it as it was.
is_kept() { [ -n "${KEPT:-}" ] && "$wookie" status | grep -q "^$KEPT  *up,"; }

state_of() { # state_of MESH
	echo "${XDG_STATE_HOME:-$HOME/.local/state}/wookie-conform/$1"
}

# The pid of a component of a node of $mesh.
component() { # component CLUSTER NAME
	local init pid
	init=$(cut -d' ' -f1 "$(state_of "$mesh")/nodes/$1/node")
	for pid in $(cat "/proc/$init/task/$init/children"); do
		[ "$(tr '\0' '\n' <"/proc/$pid/cmdline" | head -n 1)" = "$2" ] && echo "$pid"
	done
}

# Everything in $mesh that must not be seen anywhere, a line each.
secrets_of() {
	local cluster name
	for cluster in "$(state_of "$mesh")"/nodes/*; do
		sed -n 's/.*\(client-key-data\|token\): *//p' "$cluster/admin.kubeconfig"
		sed -n 's/.*client-key-data: *//p' "$cluster/admin.kubeconfig" | base64 -d | sed -n 2p
		name=$(basename "$cluster")
		kube "$name" get secrets -A -o json |
			jq -r '.items[].data // {} | to_entries[] | select(.key | test("key|token|secret-")) | .value, (.value | @base64d)' |
			grep -E '^[A-Za-z0-9+/=_.-]{40,}$'
	done
}

finish() {
	rm -rf "$work"
	exit "$bad"
}
