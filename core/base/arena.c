/* base/arena.c: a bump allocator, and the buffers and lists that grow in it. */
#include <shopwright/base.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define SW_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SW_ASAN 1
#endif
#endif
#ifdef SW_ASAN
#include <sanitizer/asan_interface.h>
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized" /* hiding fresh memory is no reading of it */
#endif
#define HIDE(p, n) __asan_poison_memory_region((p), (n))
#define SHOW(p, n) __asan_unpoison_memory_region((p), (n))
enum { GAP = 16 }; /* a byte too far meets poison, not the neighbor */
#else
#define HIDE(p, n) ((void)(p), (void)(n))
#define SHOW(p, n) ((void)(p), (void)(n))
enum { GAP = 0 };
#endif

enum { FIRST = 128 * 1024, LISTS = 16, ALIGN = 16 };
#define CAP_DEFAULT ((size_t)64 << 20)

struct block {
    struct block *older;
    size_t size; /* of what follows */
    char data[] __attribute__((aligned(16)));
};

/* How far lists that grew lately have room. A list that is not found here is copied on its next growth, so a list made by other
 * means is safe too. */
struct list_room {
    const void *v;
    size_t cap;
};

struct sw_arena {
    char *cur, *end;
    struct block *newest;
    size_t total, cap;
    struct list_room lists[LISTS];
};

static void block_add(struct sw_arena *a, size_t need)
{
    size_t size = a->newest == NULL ? FIRST : a->newest->size * 2;
    if (size > (size_t)4 << 20)
        size = (size_t)4 << 20;
    if (size < need)
        size = need;
    struct block *b = NULL;
    if (need <= a->cap - a->total) {
        if (size > a->cap - a->total)
            size = a->cap - a->total;
        b = malloc(sizeof *b + size);
    }
    if (b == NULL) {
        sw_log("arena.full", "cap=%zu used=%zu wanted=%zu", a->cap, a->total, need);
        abort();
    }
    b->older = a->newest;
    b->size = size;
    a->newest = b;
    a->total += size;
    a->cur = b->data;
    a->end = b->data + size;
    HIDE(b->data, size);
}

/* Room for n bytes, not zeroed. */
static char *take(struct sw_arena *a, size_t n)
{
    if (__builtin_expect(n > SIZE_MAX / 2, 0)) {
        sw_log("arena.full", "cap=%zu used=%zu wanted=%zu", a->cap, a->total, n);
        abort();
    }
    size_t need = ((n + (n == 0) + GAP) + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    if (__builtin_expect(need > (size_t)(a->end - a->cur), 0))
        block_add(a, need);
    char *p = a->cur;
    a->cur += need;
    SHOW(p, n);
    return p;
}

struct sw_arena *sw_arena_new(size_t cap)
{
    struct sw_arena *a = calloc(1, sizeof *a);
    if (a == NULL) {
        sw_log("arena.full", "cap=%zu used=0 wanted=%zu", cap, sizeof *a);
        abort();
    }
    a->cap = cap == 0 ? CAP_DEFAULT : cap;
    return a;
}

void sw_arena_reset(struct sw_arena *a)
{
    /* The oldest block stays: a process that served one huge request does not keep its memory. */
    while (a->newest != NULL && a->newest->older != NULL) {
        struct block *b = a->newest;
        a->newest = b->older;
        a->total -= b->size;
        SHOW(b->data, b->size);
        free(b);
    }
    if (a->newest != NULL) {
        a->cur = a->newest->data;
        a->end = a->cur + a->newest->size;
        HIDE(a->cur, a->newest->size);
    }
    memset(a->lists, 0, sizeof a->lists);
}

void sw_arena_free(struct sw_arena *a)
{
    if (a == NULL)
        return;
    sw_arena_reset(a);
    if (a->newest != NULL)
        SHOW(a->newest->data, a->newest->size);
    free(a->newest);
    free(a);
}

void *sw_alloc(struct sw_arena *a, size_t n)
{
    char *p = take(a, n);
    return memset(p, 0, n);
}

struct sw_str sw_copy(struct sw_arena *a, struct sw_str s)
{
    char *p = take(a, s.n + 1);
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    p[s.n] = '\0';
    return (struct sw_str){p, s.n};
}

const char *sw_cstr(struct sw_arena *a, struct sw_str s)
{
    return sw_copy(a, s).p;
}

struct sw_str sw_printf(struct sw_arena *a, const char *fmt, ...)
{
    char small[512];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    if (n < 0)
        return sw_copy(a, (struct sw_str){NULL, 0});
    if ((size_t)n < sizeof small)
        return sw_copy(a, (struct sw_str){small, (size_t)n});
    char *p = take(a, (size_t)n + 1);
    va_start(args, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, args);
    va_end(args);
    return (struct sw_str){p, (size_t)n};
}

/* ---- Buffers */

void sw_buf_init(struct sw_buf *b, struct sw_arena *a, size_t first, size_t max)
{
    *b = (struct sw_buf){.arena = a, .max = max};
    if (first > max)
        first = max;
    if (first > 0) {
        b->p = take(a, first);
        b->cap = first;
    }
}

/* Room for n more bytes, or full. */
static bool buf_room(struct sw_buf *b, size_t n)
{
    if (b->full || n > b->max - b->n) {
        b->full = true;
        return false;
    }
    size_t want = b->n + n, cap = b->cap < 128 ? 256 : b->cap * 2;
    if (cap < want)
        cap = want;
    if (cap > b->max)
        cap = b->max;
    struct sw_arena *a = b->arena;
    size_t have = (b->cap + (b->cap == 0) + GAP + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    size_t need = (cap + GAP + (ALIGN - 1)) & ~(size_t)(ALIGN - 1);
    if (b->p != NULL && b->p + have == a->cur && need - have <= (size_t)(a->end - a->cur)) {
        a->cur += need - have; /* nothing was taken since: the room behind is free */
        SHOW(b->p, cap);
    } else {
        char *p = take(a, cap);
        if (b->n > 0)
            memcpy(p, b->p, b->n);
        b->p = p;
    }
    b->cap = cap;
    return true;
}

void sw_buf_add(struct sw_buf *b, const void *p, size_t n)
{
    if (__builtin_expect(n > b->cap - b->n || b->full, 0)) {
        if (!buf_room(b, n))
            return;
    }
    /* Most pieces of a page are short: two overlapping words beat a call. */
    char *to = b->p + b->n;
    if (n > 16) {
        memcpy(to, p, n);
    } else if (n >= 8) {
        uint64_t first, last;
        memcpy(&first, p, 8);
        memcpy(&last, (const char *)p + n - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + n - 8, &last, 8);
    } else {
        for (size_t i = 0; i < n; i++)
            to[i] = ((const char *)p)[i];
    }
    b->n += n;
}

void sw_buf_adds(struct sw_buf *b, const char *cstr)
{
    if (cstr != NULL)
        sw_buf_add(b, cstr, strlen(cstr));
}

void sw_buf_addf(struct sw_buf *b, const char *fmt, ...)
{
    va_list args;
    char none[1];
    size_t room = b->full ? 0 : b->cap - b->n;
    va_start(args, fmt);
    int n = vsnprintf(room > 0 ? b->p + b->n : none, room, fmt, args);
    va_end(args);
    if (n < 0)
        return;
    if ((size_t)n >= room) { /* vsnprintf wants a byte for its NUL: write to the side when that is all that lacks */
        if ((size_t)n + 1 <= b->max - b->n && buf_room(b, (size_t)n + 1)) {
            va_start(args, fmt);
            vsnprintf(b->p + b->n, (size_t)n + 1, fmt, args);
            va_end(args);
        } else {
            char *side = take(b->arena, (size_t)n + 1);
            va_start(args, fmt);
            vsnprintf(side, (size_t)n + 1, fmt, args);
            va_end(args);
            sw_buf_add(b, side, (size_t)n);
            return;
        }
    }
    b->n += (size_t)n;
}

/* Whether none of sixteen bytes is special to HTML: most of a page's text is not, and one compare does all sixteen. */
enum { PLAIN = 16 };
typedef signed char plain_bytes __attribute__((vector_size(PLAIN)));

static inline bool plain(const char *p)
{
    plain_bytes v;
    uint64_t half[2];
    memcpy(&v, p, sizeof v);
    plain_bytes found = (v == '&') | (v == '<') | (v == '>') | (v == '"') | (v == '\'');
    memcpy(half, &found, sizeof half);
    return (half[0] | half[1]) == 0;
}

void sw_buf_html(struct sw_buf *b, struct sw_str s)
{
    static const unsigned char special[256] = {['&'] = 1, ['<'] = 2, ['>'] = 3, ['"'] = 4, ['\''] = 5};
    static const char *const text[] = {"", "&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    static const unsigned char length[] = {0, 5, 4, 4, 6, 5};
    size_t from = 0, i = 0;
    while (i < s.n) {
        if (s.n - i >= PLAIN) {
            if (plain(s.p + i)) {
                i += PLAIN;
                continue;
            }
        } else if (s.n >= PLAIN && plain(s.p + s.n - PLAIN)) { /* the last sixteen, some of them looked at before */
            break;
        }
        unsigned which = 0;
        while (i < s.n && (which = special[(unsigned char)s.p[i]]) == 0)
            i++;
        if (which == 0)
            break;
        sw_buf_add(b, s.p + from, i - from);
        sw_buf_add(b, text[which], length[which]);
        from = ++i;
    }
    if (s.n > from)
        sw_buf_add(b, s.p + from, s.n - from);
}

/* ---- Lists */

void *sw_list_grow_(struct sw_arena *a, void *v, size_t n, size_t size)
{
    struct list_room *old = &a->lists[((uintptr_t)v >> 4) % LISTS];
    if (v != NULL && old->v == v && n < old->cap) {
        memset((char *)v + n * size, 0, size);
        return v;
    }
    size_t cap = n < 4 ? 8 : n * 2;
    if (cap > SIZE_MAX / 4 / size)
        cap = SIZE_MAX / 4 / size; /* take() refuses that with its log line */
    char *p = take(a, cap * size);
    if (n > 0)
        memcpy(p, v, n * size);
    memset(p + n * size, 0, size);
    struct list_room *room = &a->lists[((uintptr_t)p >> 4) % LISTS];
    *room = (struct list_room){p, cap};
    return p;
}
