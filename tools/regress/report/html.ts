/** A regression's report as one page that needs nothing else: no script, no file, no address. */
import { KINDS_MOST, type Kind } from '../campaign.js';
import { telling } from '../known.js';
import type { Samples } from '../sampler.js';
import { attribute, escaped } from './markup.js';
import { pageOf } from './page.js';
import { pictureOf } from './picture.js';
import { type CellTally, type Report, type Tally, talliesOf, verdictOf, whyKnown, wordOf } from './report.js';
import { struckLines } from './struck.js';
import { STYLE } from './style.js';
import { count, seedsOf } from './text.js';

/** @param pictures of each kind of failure, in their order; absent: none was made. */
export function htmlOf(report: Report, pictures: readonly (readonly Samples[] | undefined)[]): string {
  const { cells, total } = talliesOf(report);
  const word = wordOf(report);
  const title = `${word.split(',')[0]}: ${count(report.plan.length, 'run')}`;
  const body = `<h1 class="word-${word.split(' ')[0]}">${escaped(word)}</h1>
<pre><code>${escaped(report.command)}</code></pre>
${cards(report, total)}
${failures(report, pictures)}
${known(report)}
<h2>Scenarios and rigs</h2>
${table(report, cells)}
${misfits(cells)}
<h2>Microcode</h2>
<p class="dim">${Object.entries(report.microcode)
    .map(([role, crc]) => `${escaped(role)} <code>${crc}</code>`)
    .join(' · ')}</p>`;
  return pageOf(title, STYLE, body);
}

function cards({ kinds }: Report, { runs, time_us, messages, writes }: Tally): string {
  const items: [string, string | number][] = [
    ['passed', runs.passed],
    ['failed', runs.failed],
    ['kinds of failure', kinds.length],
    ['known', runs.known],
    ['not made', runs['not run']],
    ['writes', writes.toLocaleString('en-US')],
    ['messages', messages.toLocaleString('en-US')],
    ['virtual time', `${(time_us / 1e6).toFixed(2)} s`],
  ];
  const shown = items.filter(([name, n]) => n !== 0 || name === 'failed' || name === 'passed');
  return `<ul class="cards">${shown.map(([name, n]) => `<li><b>${escaped(String(n))}</b>${escaped(name)}</li>`).join('')}</ul>`;
}

function failures(report: Report, pictures: readonly (readonly Samples[] | undefined)[]): string {
  const { kinds } = report;
  if (kinds.length === 0) return '';
  const sections = kinds.slice(0, KINDS_MOST).map((kind, i) => failure(report, kind, pictures[i] ?? []));
  const more = kinds.length > KINDS_MOST ? `<p>and ${count(kinds.length - KINDS_MOST, 'kind')} more</p>` : '';
  return `<h2>Failures</h2>\n${sections.join('\n')}${more}`;
}

function failure(report: Report, kind: Kind, pictures: readonly Samples[]): string {
  const { scenario, rig, failed, shrunk } = kind;
  const result = shrunk ?? failed;
  const violations = telling(result.violations).map((v) => `at ${v.time_us} µs: ${v.text}`);
  const failed_us = result.violations[0]?.time_us ?? 0;
  const drawn = pictures.map((samples, i) => {
    const svg = `<div class="scroll" tabindex="0" role="region" aria-label="picture">${pictureOf(samples, failed_us)}</div>`;
    return i === 0 ? svg : `<details><summary>the whole run</summary>${svg}</details>`;
  });
  const figure = drawn.length > 0 ? `<figure>${legend(pictures[0] as Samples)}${drawn.join('')}</figure>` : '';
  return `<section class="failure">
<h3>${escaped(scenario)} on ${escaped(rig)}</h3>
<p class="dim">${escaped(`${count(kind.numbers.length, 'run')}: ${seedsOf(kind, report.plan)}`)}; ${shrunk ? 'a run as short as was found' : 'not shrunk'}:</p>
<pre><code>${escaped(report.commandOf(scenario, rig, result))}</code></pre>
<pre>${escaped([...struckLines(result), ...violations].join('\n'))}</pre>
${figure}
</section>`;
}

function legend({ arrays }: Samples): string {
  const keys = arrays.map(
    (name, a) =>
      `<span class="key"><svg viewBox="0 0 28 8" aria-hidden="true"><path class="line step a${a % 2}" d="M0 4H28"/></svg>array ${escaped(name)}</span>`,
  );
  return `<figcaption>virtual time; ${keys.join('')}</figcaption>`;
}

function known(report: Report): string {
  const lines = new Map<string, number>();
  for (const [n, { scenario, rig }] of report.plan.entries()) {
    if (verdictOf(report, n) !== 'known') continue;
    const line = `${scenario} on ${rig}: ${whyKnown(report, n)}`;
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  if (lines.size + report.stale.length === 0) return '';
  const items = [
    ...[...lines].map(([line, n]) => `${line} (${count(n, 'run')})`),
    ...report.stale.map((text) => `stale: ${text}`),
  ];
  return `<h2>Known failures</h2>\n<ul>${items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
}

function table({ matrix }: Report, cells: readonly CellTally[]): string {
  const at = new Map(cells.map((tally) => [`${tally.cell.scenario} ${tally.cell.rig}`, tally]));
  const used = matrix.columns.filter(({ name }) => cells.some(({ cell }) => cell.rig === name && !cell.why));
  const head = used.map(({ name }) => `<th scope="col"><span>${escaped(name)}</span></th>`).join('');
  const rows = matrix.rows.map(({ name, help }) => {
    const row = used.map((column) => cellOf(at.get(`${name} ${column.name}`) as CellTally)).join('');
    return `<tr><th scope="row" title="${attribute(help)}">${escaped(name)}</th>${row}</tr>`;
  });
  return `<div class="wide" tabindex="0" role="region" aria-label="Scenarios and rigs"><table>
<thead><tr><th scope="col">runs, and virtual time of one</th>${head}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table></div>`;
}

function cellOf({ cell, runs, time_us }: CellTally): string {
  if (cell.why !== undefined)
    return `<td class="none" title="${attribute(cell.why)}">·<span class="hidden">does not fit: ${escaped(cell.why)}</span></td>`;
  const made = runs.passed + runs.failed + runs.known;
  if (made === 0) return '<td class="none">not run</td>';
  const time = `<small>${Math.round(time_us / made / 1000)} ms</small>`;
  if (runs.failed > 0) return `<td class="failed">${runs.failed}/${made} failed${time}</td>`;
  if (runs.known > 0) return `<td class="known">${runs.known}/${made} known${time}</td>`;
  return `<td class="passed">${made}${time}</td>`;
}

function misfits(cells: readonly CellTally[]): string {
  const whys = new Map<string, string[]>();
  for (const { cell } of cells) {
    if (cell.why === undefined) continue;
    const key = `${cell.rig}: ${cell.why}`;
    const there = whys.get(key);
    if (there) there.push(cell.scenario);
    else whys.set(key, [cell.scenario]);
  }
  if (whys.size === 0) return '';
  const items = [...whys].map(([why, names]) => `<li><b>${escaped(why)}</b><br/>${escaped(names.join(', '))}</li>`);
  return `<details><summary>Cells with a dot: why scenarios do not fit rigs</summary><ul>${items.join('')}</ul></details>`;
}
