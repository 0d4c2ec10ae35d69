#ifndef WOOKIE_MODEL_EVENT_H
#define WOOKIE_MODEL_EVENT_H

/* The event log: JSON lines, append-only, one object an event, flushed one by one. The run room
 * writes it, the report room renders it; nothing else passes between them. Every event holds
 * "event" (a name from below), "at" (UTC, "2026-11-22T14:33:41Z") and "elapsed" (seconds since the
 * run began). Times are seconds with three decimals. Keys marked ? may be absent.
 *
 * run      {id, version, argv: [..], mesh, topology: {file, name, provider, istio,
 *           clusters: [{name, role, network}]}, strict, dir, repeat?: {most?, until_fail},
 *           injected?: what an earlier proof left in the mesh, in words}
 *          First line, once. `repeat` where the checks are run in rounds; at most so many.
 *          Also `sources?`: {data, own: [{path, suites: [name]}]}: whose suites and fixtures were taken,
 *          those in the folder `data`, and what --suites named.
 * plan     {suites: [{name, title}], checks: [{id, suite, name, title, for, doc?,
 *           false_alarm?}]}
 *          Before anything is created. `id` is unique: "suite.check[cluster-b>cluster-a]"; `name`
 *          is "suite.check"; `for` is "cluster-b>cluster-a", "cluster-a" or "". `false_alarm`
 *          is how likely a check that depends on chance fails in one attempt though nothing is
 *          wrong. A planned check that has no `check` event by the end of the log renders as an
 *          error.
 * step     {phase, what, state: begin|wait|done|failed, detail?, seconds}
 *          phase is up, deploy, down, scratch, bundle or suite; see wookie/base/progress.h. A `failed`
 *          step renders as a testcase "[up]", "[deploy]", "[down]" with an error.
 * begin    {id, round?}
 *          The worker of that check was started. For whoever watches; no verdict depends on it.
 * check    {id, name, suite, title, for, verdict: pass|fail|error|skip, flaky, seconds,
 *           reason?, attempts: [{at, held, reason?}], n_attempts, first_held?, flaps,
 *           expectation?: {that, expected, got, from, cause?, file, line},
 *           broken?: [that]: all expectations that did not hold at the end, where it failed,
 *           held?: [that]: those that did, where it failed,
 *           causes: [code]: of what did not hold, or of which the reason of an error tells, cause_title?: of the first of them, evidence?: path relative to dir,
 *           kind, reproduce?, response?: what a workload said, for people}
 *          Once for each planned check. `expected` and `got` are JSON values; `from` says where the
 *          expected value came from, or is "". `reason` is one line for people, always there
 *          unless the verdict is pass. At most 20 attempts are kept (the first and the last); `at`
 *          is when one was begun, in seconds after the check's begin. `first_held` is when, counted
 *          alike, the first attempt that held was over; absent where none did. `flaps` is how
 *          often the check broke after having held; `flaky` marks a pass with any.
 *          In rounds it also holds `round`, and comes once for each planned check and round; what
 *          passed and was not flaky leaves out, from the second round on, what the plan and the
 *          first one tell: it holds id, verdict, flaky, seconds, n_attempts, first_held, flaps, and
 *          attempts where there was more than one.
 *          A proof has a case for each fault and variant, and for each check whose expectations it is
 *           about:
 *           fault?: {id, verdict: proven|survived|wrong cause|collateral|void|error|quiet|alarmed,
 *             cause?, got?: the
 *             likeliest that came out, also?: [code], red, of: checks that did not pass, of all,
 *             broad: these are more than a third, so it proves no expectation,
 *             fails: {check: [that]}: what must fail, checks: {id: {verdict, broken?: [that]}}:
 *             what did not pass, seconds: {inject, red or settle, heal, green}}
 *           proofs?: {that: [fault]}
 * round    {round, state: begin|done, seconds}
 *          Only with `repeat`. Numbers begin at 1. What stands between is of that round; one that
 *          was begun and has no `done` was cut off.
 * cause    {code, title, meaning, fix, explains, of, also: [code], command?}
 *          The likeliest root: it explains `explains` of `of` failures. Once where any check named
 *          a cause. `also` names those that the evidence cannot tell from it.
 * suspect  {code, cluster, layer: object|rules|qdiscs|routes|sysctls|processes,
 *           what: added|removed|changed, name, fields?: [{path, was?, is?}], by?, since?, distance,
 *           touches, command?}
 *          Of a run that is not green, on a mesh that keeps what it was like when it was: what is
 *          different since, the nearest to what fails first, at most three. `touches` says how
 *          it lies in the way, `command` takes it back.
 * bundle   {path}
 *          Of a run that is not green: what was seen of the mesh before it was taken down.
 * end      {exit, interrupted, reason?, seconds, leftover?: [text]}
 *          Last line. A log without it is of a run that was killed.
 */
#define WK_EVENT_RUN "run"
#define WK_EVENT_PLAN "plan"
#define WK_EVENT_STEP "step"
#define WK_EVENT_BEGIN "begin"
#define WK_EVENT_CHECK "check"
#define WK_EVENT_ROUND "round"
#define WK_EVENT_CAUSE "cause"
#define WK_EVENT_SUSPECT "suspect"
#define WK_EVENT_BUNDLE "bundle"
#define WK_EVENT_END "end"

/* The cause of a red run that no other cause explains. */
#define WK_SUSPECT_CODE "WK-CHANGE-001"

/* Exit codes, the same for every command and every format; the first that applies of 130, 2, 1, 3,
 * 5, 4, 0. */
enum wk_exit {
	WK_EXIT_OK = 0,
	WK_EXIT_FAILED = 1,      /* a check failed */
	WK_EXIT_USAGE = 2,       /* usage, topology or suite file wrong */
	WK_EXIT_ENVIRONMENT = 3, /* environment or set-up error, or a check ended in error */
	WK_EXIT_NOTHING = 4,     /* nothing selected, or skips under --strict */
	WK_EXIT_LEFTOVER = 5,    /* teardown left something */
	WK_EXIT_INTERRUPTED = 130,
};

#endif
