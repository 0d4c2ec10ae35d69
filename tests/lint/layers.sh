#!/bin/sh
# Fails when a room includes something it may not. The table is the architecture.
cd "$(dirname "$0")/../.." || exit 1
rc=0
known='yaml|curl/|cjson/|openssl/|netlink/|archive|jq|jv|spawn|sched|sys/wait|sys/mount'
rule() { # rule ROOM ROOMS-IT-MAY-INCLUDE THIRD-PARTY-AND-SYSTEM-HEADERS-IT-MAY-INCLUDE
	bad=$(grep -rnE "^#include (\"|<($known))" "harness/$1" "include/wookie/$1" 2>/dev/null |
		grep -vE "#include \"wookie/($1${2:+|$2})/" | grep -vE "#include <(${3:-none})")
	[ -z "$bad" ] || { printf '%s may not include:\n%s\n' "$1" "$bad"; rc=1; }
}
rule base      ''                                              ''
rule model     'base'                                          ''
rule yaml      'base'                                          'yaml'
rule conf      'base|model|yaml'                               ''
rule proc      'base'                                          'spawn|sched|sys/wait'
rule kube      'base|yaml|proc|pki'                            'curl/|cjson/'
rule pki       'base'                                          'openssl/'
rule mesh      'base|model|yaml|kube|proc|pki'                 'cjson/'
rule component 'base|model|proc|pki'                           'archive|cjson/|sched|sys/wait|sys/mount'
rule provider  'base|model|proc|kube|pki|component'            'netlink/|sched|sys/wait|sys/mount|cjson/'
rule deploy    'base|model|yaml|kube|mesh|pki|proc|component'  'cjson/'
rule probe     'base|model|kube|mesh|pki|proc'                 'cjson/'
rule expect    'base|model'                                    'cjson/|jq|jv'
rule fault     'base|model|kube|mesh|pki|proc|expect'         'cjson/'
rule run       'base|model|kube|mesh|probe|expect|proc'        'cjson/|sys/wait'
rule prove     'base|model|mesh|fault|run|proc'                'cjson/'
rule suspect   'base|model|kube|mesh|pki|proc'                 'cjson/'
rule report    'base|model'                                    'cjson/'
rule diagnose  'base|model|mesh|probe|proc|run|report|expect'  'archive|cjson/'
# A kubeconfig that names programs and files is trusted where the user named it, and nowhere else: what
# comes out of a cluster must not reach this reader.
bad=$(grep -rlE 'wk_kubeconfig_(load|draft)|"wookie/kube/(entries|login)\.h"' harness include |
	grep -vE '^(harness|include/wookie)/(kube|cli|provider)/')
[ -z "$bad" ] || { printf 'may not trust a kubeconfig:\n%s\n' "$bad"; rc=1; }
for room in harness/*/; do
	grep -q "^rule $(basename "$room") " "$0" || [ "$(basename "$room")" = cli ] ||
		{ echo "$room has no rule"; rc=1; }
done
exit $rc
