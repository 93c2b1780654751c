/** Coverage as one page that needs nothing else: the files with their shares, and their sources, line by line. */
import { attribute, escaped } from '../regress/report/markup.js';
import { pageOf } from '../regress/report/page.js';
import { STYLE } from '../regress/report/style.js';
import { hotScopes } from './hot.js';
import {
  linesOf,
  type MeasuredFile,
  type MeasuredLine,
  type Share,
  type SourceText,
  sharesOf,
  totalOf,
} from './measure.js';
import { percent } from './minimum.js';
import { notGone, waysMissing } from './text.js';

/** What is coloured is marked by a sign, too. */
const OWN_STYLE = `${STYLE}
main{max-width:76rem}
td.text,th.text{text-align:left}
meter{width:6rem;height:.8rem;vertical-align:middle}
.source td{border:0;padding:0 .5rem;font:.8rem/1.45 ui-monospace,monospace;text-align:right;min-width:2.5rem}
.source td.code{text-align:left;white-space:pre;width:100%}
.source td.line{color:var(--dim)}
.source tr.ran td{background:var(--passed)}.source tr.part td{background:var(--knew)}.source tr.never td{background:var(--failed)}
.source tr.part td.mark{color:var(--known)}.source tr.never td.mark{color:var(--fail)}
.source i{font-style:normal;color:var(--dim)}
.ways{color:var(--known);white-space:pre}
`;
const HOT = 20;

/** @param from which files it is of, for people; `crcs`: of the microcode, by role. */
export function coverageHtml(
  files: readonly MeasuredFile[],
  sourceText: SourceText,
  crcs: Readonly<Record<string, string>>,
  from: string,
): string {
  const total = totalOf(files);
  const roles = Object.entries(crcs).map(([role, crc]) => `${escaped(role)} <code>${escaped(crc)}</code>`);
  const rows = files.map((file, i) => {
    const { lines, branches, scopes } = sharesOf(file);
    const name = `<th scope="row"><a href="#f${i}">${escaped(file.path)}</a></th>`;
    return `<tr>${name}<td>${escaped(file.role)}</td>${[lines, branches, scopes].map(cells).join('')}</tr>`;
  });
  return pageOf(
    `Microcode: ${percent(total.lines)} of lines, ${percent(total.branches)} of branches`,
    OWN_STYLE,
    `<h1>Coverage of the microcode</h1>
<p class="dim">${escaped(from)}</p>
<ul class="cards">${card('lines', total.lines)}${card('branches', total.branches)}${card('functions', total.scopes)}</ul>
<p class="dim">${roles.join(' · ')}</p>
<h2>Files</h2>
<div class="wide" tabindex="0" role="region" aria-label="Files"><table>
<thead><tr><th scope="col" class="text">file</th><th scope="col">role</th><th scope="col" colspan="2">lines</th><th scope="col" colspan="2">branches</th><th scope="col" colspan="2">functions</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>
${hot(files)}
${files.map((file, i) => source(file, i, sourceText(file.path))).join('\n')}`,
  );
}

const card = (name: string, share: Share): string =>
  `<li><b>${escaped(percent(share))}</b>${name}, ${share.hit} of ${share.found}</li>`;

const cells = (share: Share): string =>
  share.found === 0
    ? '<td class="none" colspan="2">-</td>'
    : `<td><meter min="0" max="${share.found}" value="${share.hit}">${percent(share)}</meter></td><td>${percent(share)} <small>${share.hit} of ${share.found}</small></td>`;

function hot(files: readonly MeasuredFile[]): string {
  const scopes = hotScopes(files).slice(0, HOT);
  if (scopes.length === 0) return '';
  const number = (n: number): string => n.toLocaleString('en-US');
  const rows = scopes.map(({ path, line, title, calls, cycles, messages }) => {
    const file = files.findIndex((one) => one.path === path);
    const place = `<a href="#f${file}l${line}">${escaped(`${path}:${line}`)}</a>`;
    return `<tr><th scope="row">${escaped(title)}</th><td>${number(cycles)}</td><td>${number(messages)}</td><td>${number(calls)}</td><td class="text">${place}</td></tr>`;
  });
  return `<h2>Hot spots</h2>
<div class="wide" tabindex="0" role="region" aria-label="Hot spots"><table>
<thead><tr><th scope="col" class="text">scope</th><th scope="col">cycles</th><th scope="col">messages</th><th scope="col">calls</th><th scope="col" class="text">where</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>`;
}

function source(file: MeasuredFile, number: number, text: string | undefined): string {
  const { lines, branches } = sharesOf(file);
  const measured = new Map(linesOf(file).map((line) => [line.line, line]));
  // Without its source a file is what was measured of it.
  const texts = text?.replace(/\n$/, '').split('\n') ?? textsOf(measured);
  const rows = texts.map((line, i) => sourceRow(`f${number}l${i + 1}`, i + 1, line, measured.get(i + 1)));
  return `<section id="f${number}"><h2>${escaped(file.path)}</h2>
<p class="dim">lines ${percent(lines)}, branches ${percent(branches)}</p>
<div class="wide" tabindex="0" role="region" aria-label="${attribute(file.path)}"><table class="source"><tbody>
${rows.join('\n')}
</tbody></table></div></section>`;
}

function textsOf(measured: ReadonlyMap<number, MeasuredLine>): string[] {
  const last = Math.max(0, ...measured.keys());
  return Array.from({ length: last }, (_, i) => measured.get(i + 1)?.text ?? '');
}

function sourceRow(id: string, number: number, text: string, line: MeasuredLine | undefined): string {
  const [, code = '', comment = ''] = /^([^;]*)(.*)$/.exec(text) ?? [];
  const shown = `${escaped(code)}${comment === '' ? '' : `<i>${escaped(comment)}</i>`}`;
  if (line === undefined)
    return `<tr id="${id}"><td class="line">${number}</td><td></td><td></td><td class="code">${shown}</td></tr>`;
  const missing = waysMissing(line);
  const [kind, mark, said] =
    line.runs === 0
      ? ['never', '✗', 'never ran']
      : missing.length > 0
        ? ['part', '◐', missing.map(notGone).join(', ')]
        : ['ran', '', ''];
  const ways = missing.length > 0 ? `  <span class="ways">◐ ${escaped(said)}</span>` : '';
  return `<tr id="${id}" class="${kind}"><td class="line">${number}</td><td>${line.runs}</td><td class="mark" title="${attribute(said)}">${mark}</td><td class="code">${shown}${ways}</td></tr>`;
}
