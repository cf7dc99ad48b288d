#!/usr/bin/env python3
"""The message catalogs: what people read, in C and in templates, collected for translators.

  core/locale/catalogs.py           writes DOMAIN.pot for core and each plugin, and merges it into their LANG.po (make update-po)
  core/locale/catalogs.py --check   says what is out of date or broken, and changes nothing (the lint)

A .pot is a function of the sources alone: sorted, without dates and lines, so that it changes only when a text does.
C is read by xgettext; templates by the few rules of core/web/TEMPLATES.md below.
"""
import glob
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HEADER = '''msgid ""
msgstr ""
"Project-Id-Version: shopwright\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

'''
# What these say with _() goes to the one who runs the program, on the console and before any request has a language: in English.
ENGLISH = re.compile(r'core/(cli|host)/|core/base/texts\.c|core/record/schema\.c|core/store/(verify|backup|lmdb|blobs)\.c|core/web/(template_|router|pool|socket|openapi|static)')
# What is wrong with a record table: read by who wrote it, when the program starts.
PROGRAMMERS = ('core/record/validate.c',)
TEXT = r'"((?:[^"\\]|\\.)*)"'
TAG = re.compile(r'\{\{(?!!)((?:"(?:[^"\\]|\\.)*"|[^"}]|\}(?!\}))*)\}\}')


def domains():
    """(domain, folder of its catalogs, its C, folder of its templates)"""
    yield 'shopwright', 'core/locale', [f for f in sorted(glob.glob('core/*/*.c')) if f not in PROGRAMMERS], 'core/web/templates'
    for p in sorted(glob.glob('plugins/*/plugin.c')):
        d = os.path.dirname(p)
        yield os.path.basename(d), d + '/locale', sorted(glob.glob(d + '/*.[ch]')), d + '/templates'


def template_texts(path):
    """What a template says: (text, plural or None) of {{_ …}}, {{n_ …}}, {{submit …}}, {{files …}} and label=, hint=, empty=."""
    with open(path, encoding='utf-8') as f:
        source = f.read()
    for m in TAG.finditer(source):
        tag = m.group(1).strip()
        word = re.match(r'[#\w]*', tag).group(0)
        texts = re.findall(r'(?:^|\s)' + TEXT, tag)
        if word == 'n_' and len(texts) == 2:
            yield texts[0], texts[1]
        elif word in ('_', 'submit', 'files') and texts:
            yield texts[0], None
        for said in re.findall(r'\b(?:label|hint|empty)=' + TEXT, tag):
            yield said, None


def c_text(s):
    return '"' + s + '"'


def pot(domain, sources, templates):
    """The .pot as text. Templates go through xgettext too, as C made for it, so that there is one sorting and one escaping."""
    lines = []
    for path in sorted(glob.glob(templates + '/*.html')):
        for one, many in template_texts(path):
            if not re.search(r'[A-Za-z]', re.sub(r'\{[^}]*\}', '', one)):
                continue
            lines.append('/* xgettext:no-c-format */')
            lines.append('sw_text_n(0, %s, %s, 0);' % (c_text(one), c_text(many)) if many is not None else '_(%s);' % c_text(one))
    with tempfile.TemporaryDirectory() as tmp:
        made = os.path.join(tmp, 'templates.c')
        with open(made, 'w', encoding='utf-8') as f:
            f.write('\n'.join(lines) + '\n')
        copies = []
        for path in sources: # xgettext knows no macros
            with open(path, encoding='utf-8') as f:
                said = re.sub(r'\bPRI([du])64\b', r'"l\1"', f.read().replace('SW_STR_FMT', '"%.*s"'))
            if ENGLISH.match(path):
                said = re.sub(r'(?<!\w)_\(', 'english(', said)
            copies.append(os.path.join(tmp, path.replace('/', '-')))
            with open(copies[-1], 'w', encoding='utf-8') as f:
                f.write(said)
        out = subprocess.run(
            ['xgettext', '--language=C', '--from-code=UTF-8', '-k', '-k_', '-kN_', '-ksw_text:2', '-ksw_text_in:3', '-ksw_text_n:2,3', '-cxgettext:',
             '--no-location', '--no-wrap', '--sort-output', '-o', '-', *copies, made],
            check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding='utf-8', env={**os.environ, 'LC_ALL': 'C.UTF-8'}).stdout
    out = out.replace('#. xgettext:no-c-format\n', '').replace('#, no-c-format\n', '')
    at = out.find('\n\n') + 2 # after its own header, which has a date
    return HEADER + out[at:] if at > 1 else ''


def entries(text):
    """{msgid: (msgid_plural, [msgstr…])} of a .po; the header is the entry of ''."""
    found = {}
    for block in text.split('\n\n'):
        parts, key = {}, None
        for line in block.split('\n'):
            m = re.match(r'(msgid|msgid_plural|msgstr|msgstr\[\d\]) "(.*)"$', line)
            if m:
                key = m.group(1)
                parts[key] = m.group(2)
            elif key and line.startswith('"'):
                parts[key] += line[1:-1]
        if 'msgid' in parts:
            found[parts['msgid']] = (parts.get('msgid_plural'), [v for k, v in parts.items() if k.startswith('msgstr')])
    return found


def places(s):
    return sorted(set(re.findall(r'\{[^{}]*\}', s)))


def faults(path, catalog, wanted):
    """What is wrong with a translation: a text that it lacks, or one with other {fields} than the English."""
    for msgid in wanted:
        if msgid not in catalog:
            yield '%s: lacks “%s”; run make update-po' % (path, msgid)
        elif msgid and not all(catalog[msgid][1]):
            yield '%s: “%s” is not translated' % (path, msgid)
    for msgid, (plural, said) in catalog.items():
        for s in said:
            if msgid and s and places(s) not in (places(msgid), places(plural or msgid)):
                yield '%s: “%s” has other {fields} than “%s”' % (path, s, msgid)


def main():
    os.chdir(TOP)
    check = sys.argv[1:] == ['--check']
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    bad = []
    for domain, folder, sources, templates in domains():
        fresh, path = pot(domain, sources, templates), '%s/%s.pot' % (folder, domain)
        if not fresh:
            continue
        if not check:
            os.makedirs(folder, exist_ok=True)
            with open(path, 'w', encoding='utf-8') as f:
                f.write(fresh)
            for po in sorted(glob.glob(folder + '/*.po')):
                subprocess.run(['msgmerge', '--quiet', '--update', '--backup=none', '--no-fuzzy-matching', '--no-location', '--no-wrap',
                                '--sort-output', po, path], check=True)
        kept = ''
        if os.path.exists(path):
            with open(path, encoding='utf-8') as f:
                kept = f.read()
        wanted = entries(fresh)
        for msgid in wanted:
            if msgid not in entries(kept):
                bad.append('%s: lacks “%s”; run make update-po' % (path, msgid))
        for po in sorted(glob.glob(folder + '/*.po')):
            with open(po, encoding='utf-8') as f:
                bad.extend(faults(po, entries(f.read()), wanted))
    print('\n'.join(bad) if bad else 'catalogs: up to date, all translated')
    sys.exit(1 if bad and check else 0)


if __name__ == '__main__':
    main()
