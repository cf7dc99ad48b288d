#!/usr/bin/env python3
"""Makes man/*.1 from man/pages.txt. With --check it only says which are out of date (status 1)."""
import os
import re
import sys

here = os.path.dirname(os.path.abspath(__file__))


def escape(text):
    text = text.replace('\\', '\\e').replace('-', '\\-').replace("'", '\\(aq')
    return '\\&' + text if text[:1] in '.' else text


def pages():
    page = None
    with open(os.path.join(here, 'pages.txt'), encoding='utf-8') as f:
        for line in f:
            line = line.rstrip('\n')
            if line.startswith('= '):
                if page:
                    yield page
                name, summary = line[2:].split(' — ', 1)
                page = {'name': name, 'summary': summary, 'synopsis': [], 'text': [], 'options': []}
            elif page is None or not line:
                continue
            elif line.startswith('$ '):
                page['synopsis'].append(line[2:])
            elif line.startswith('- '):
                page['options'].append(line[2:].split(': ', 1))
            else:
                page['text'].append(line)
    yield page


def render(p, names):
    title = 'shopwright' if p['name'] == 'shopwright' else 'shopwright-' + p['name']
    out = ['.\\" Made by man/make.py from man/pages.txt.', f'.TH {title.upper().replace("-", chr(92) + "-")} 1 "" "Shopwright" "Shopwright"', '.SH NAME',
           f'{escape(title)} \\- {escape(p["summary"])}', '.SH SYNOPSIS', '.nf']
    out += [re.sub(r'^(shopwright)', r'\\fB\1\\fR', escape(s)) for s in p['synopsis']]
    out += ['.fi', '.SH DESCRIPTION']
    for i, text in enumerate(p['text']):
        out += (['.PP'] if i else []) + [escape(text)]
    options = list(p['options'])
    if p['name'] == 'shopwright':
        out.append('.SH SUBCOMMANDS')
        for name, summary in names:
            out += ['.TP', f'.B {escape(name)}', escape(summary)]
    else:
        options += [('--home DIR', 'the instance; without it $SHOPWRIGHT_HOME, else ./instance.'), ('--help', 'how it is called.')]
    out.append('.SH OPTIONS')
    for option, text in options:
        out += ['.TP', f'.B {escape(option)}', escape(text)]
    out += ['.SH "EXIT STATUS"', '0; 1 when it failed; 2 when it was called wrongly.', '.SH "SEE ALSO"']
    others = [f'.BR shopwright\\-{n.replace("-", chr(92) + "-")} (1)' for n, _ in names if n != p['name']]
    if p['name'] != 'shopwright':
        others = ['.BR shopwright (1)'] + others
    out += [o + ',' for o in others[:-1]] + others[-1:]
    return title, '\n'.join(out) + '\n'


def main():
    all_pages = list(pages())
    names = [(p['name'], p['summary']) for p in all_pages if p['name'] != 'shopwright']
    stale = []
    for p in all_pages:
        title, text = render(p, names)
        path = os.path.join(here, title + '.1')
        old = open(path, encoding='utf-8').read() if os.path.exists(path) else None
        if old != text:
            stale.append(title)
            if '--check' not in sys.argv:
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(text)
    if '--check' in sys.argv and stale:
        print('out of date: ' + ' '.join(stale) + '; run man/make.py')
        return 1
    return 0


sys.exit(main())
