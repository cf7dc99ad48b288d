/* What the FastCGI tests put behind the loop in place of router and store: answers by path, and a "store" that is a file with one line a committed
 * request: "BODY BATCHSIZE". */
#ifndef FCGI_STUB_H
#define FCGI_STUB_H

#include "web/dispatch.h"
#include "web/fcgi.h"

/* GET  /hello      200 "hello"
 * GET  /bytes?N    200 with N times 'x'
 * GET  /echo       200, one line a field that the loop filled
 * GET  /seen       200, and leaves one touch note
 * GET  /split      200 with a header that has a line break in it
 * POST /add        commits its body; answers 200 "added BODY", 503 when the commit failed
 * POST /poison     as /add, but no commit that it is part of succeeds
 * POST /wrong      as /add, but its run says SW_EFAIL
 * POST /refused    final: 403 without a transaction
 * POST /crash      abort() in prepare;  POST /stuck  never returns from it
 * POST /internal/touch   commits "touch:BODY"
 * A broken request: its code in the body, status 400, 404 or 413. */
extern const char *stub_file; /* where commits go */

#endif
