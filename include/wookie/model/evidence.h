#ifndef WOOKIE_MODEL_EVIDENCE_H
#define WOOKIE_MODEL_EVIDENCE_H

/* The form of evidence that probes, expectations and reports agree on. What was asked of several (every
 * replica of istiod, every pod of a gateway) is {"each": [{"of": NAME, ...}, ...]}, each element the
 * evidence that one alone would be; expectations hold where they hold for each. */
#define WK_EVIDENCE_EACH "each"
#define WK_EVIDENCE_OF "of"

#endif
