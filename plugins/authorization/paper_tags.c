/* paper_tags.c: what cairo can't say in a PDF, added through libqpdf: the document's language, its title as XMP, what the drawn signature is for those who
 * don't see it, and which cells are heads of columns. Same bytes in, same bytes out. */
#include "paper.h"

#include <qpdf/qpdf-c.h>
#include <string.h>

enum { DEPTH_MAX = 16, XMP_MAX = 8192 };

static void set_name(qpdf_data q, qpdf_oh dict, const char *key, const char *name)
{
    qpdf_oh_replace_key(q, dict, key, qpdf_oh_new_name(q, name));
}

/* The tree of tags: elements are dictionaries, what they hold is one thing or an array of them. */
static void walk(qpdf_data q, qpdf_oh e, const char *figure, int depth)
{
    if (depth > DEPTH_MAX) {
        return;
    }
    if (qpdf_oh_is_array(q, e)) {
        for (int i = 0, n = qpdf_oh_get_array_n_items(q, e); i < n; i++) {
            walk(q, qpdf_oh_get_array_item(q, e, i), figure, depth + 1);
        }
        return;
    }
    if (!qpdf_oh_is_dictionary(q, e)) {
        return;
    }
    if (qpdf_oh_has_key(q, e, "/S")) {
        qpdf_oh kind = qpdf_oh_get_key(q, e, "/S");
        if (qpdf_oh_is_name_and_equals(q, kind, "/Figure")) {
            qpdf_oh_replace_key(q, e, "/Alt", qpdf_oh_new_unicode_string(q, figure));
        } else if (qpdf_oh_is_name_and_equals(q, kind, "/TH")) {
            qpdf_oh a = qpdf_oh_new_dictionary(q);
            set_name(q, a, "/O", "/Table");
            set_name(q, a, "/Scope", "/Column");
            qpdf_oh_replace_key(q, e, "/A", a);
        }
    }
    if (qpdf_oh_has_key(q, e, "/K")) {
        walk(q, qpdf_oh_get_key(q, e, "/K"), figure, depth + 1);
    }
}

static struct sw_str xmp(struct sw_arena *a, const struct paper_about *about)
{
    struct sw_buf b;
    sw_buf_init(&b, a, 2048, XMP_MAX);
    sw_buf_adds(&b, "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n"
                    "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n<rdf:Description rdf:about=\"\""
                    " xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\">\n"
                    "<dc:format>application/pdf</dc:format>\n<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">");
    sw_buf_html(&b, about->title);
    sw_buf_adds(&b, "</rdf:li></rdf:Alt></dc:title>\n<dc:creator><rdf:Seq><rdf:li>");
    sw_buf_html(&b, about->author);
    sw_buf_adds(&b, "</rdf:li></rdf:Seq></dc:creator>\n<dc:language><rdf:Bag><rdf:li>");
    sw_buf_html(&b, about->language);
    sw_buf_adds(&b, "</rdf:li></rdf:Bag></dc:language>\n<xmp:CreatorTool>Shopwright</xmp:CreatorTool>\n<xmp:CreateDate>");
    sw_buf_html(&b, about->created);
    sw_buf_adds(&b, "</xmp:CreateDate>\n<xmp:ModifyDate>");
    sw_buf_html(&b, about->created);
    sw_buf_adds(&b, "</xmp:ModifyDate>\n</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>\n");
    return b.full ? (struct sw_str){0} : sw_buf_str(&b);
}

static int failed(qpdf_data *q, struct sw_err *err)
{
    char text[160] = "";
    if (qpdf_has_error(*q)) {
        const char *full = qpdf_get_error_full_text(*q, qpdf_get_error(*q));
        strncpy(text, full ? full : "", sizeof text - 1);
    }
    qpdf_cleanup(q);
    return sw_fail(err, SW_EFAIL, "", _("The signed document could not be finished: %s."), text);
}

int paper_finish(struct sw_arena *a, const struct paper_about *about, struct sw_str in, struct sw_str *out, struct sw_err *err)
{
    qpdf_data q = qpdf_init();
    qpdf_silence_errors(q);
    qpdf_set_suppress_warnings(q, QPDF_TRUE);
    if (qpdf_read_memory(q, "authorization.pdf", in.p, in.n, NULL) & QPDF_ERRORS) {
        return failed(&q, err);
    }
    qpdf_oh root = qpdf_get_root(q), view = qpdf_oh_new_dictionary(q), meta = qpdf_oh_new_stream(q);
    qpdf_oh_replace_key(q, root, "/Lang", qpdf_oh_new_string(q, sw_cstr(a, about->language)));
    qpdf_oh_replace_key(q, view, "/DisplayDocTitle", qpdf_oh_new_bool(q, QPDF_TRUE));
    qpdf_oh_replace_key(q, root, "/ViewerPreferences", view);
    struct sw_str packet = xmp(a, about);
    qpdf_oh_replace_stream_data(q, meta, (const unsigned char *)packet.p, packet.n, qpdf_oh_new_null(q), qpdf_oh_new_null(q));
    qpdf_oh dict = qpdf_oh_get_dict(q, meta);
    set_name(q, dict, "/Type", "/Metadata");
    set_name(q, dict, "/Subtype", "/XML");
    qpdf_oh_replace_key(q, root, "/Metadata", meta);
    if (qpdf_oh_has_key(q, root, "/StructTreeRoot")) {
        walk(q, qpdf_oh_get_key(q, root, "/StructTreeRoot"), sw_cstr(a, about->figure), 0);
    }
    if (qpdf_init_write_memory(q) & QPDF_ERRORS) {
        return failed(&q, err);
    }
    qpdf_set_deterministic_ID(q, QPDF_TRUE);
    if (qpdf_write(q) & QPDF_ERRORS) {
        return failed(&q, err);
    }
    *out = sw_copy(a, (struct sw_str){(const char *)qpdf_get_buffer(q), qpdf_get_buffer_length(q)});
    qpdf_cleanup(&q);
    return SW_OK;
}
