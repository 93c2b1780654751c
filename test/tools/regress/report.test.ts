/** A regression's report in its forms. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { kindsOf } from '../../../tools/regress/campaign.js';
import { htmlOf } from '../../../tools/regress/report/html.js';
import { jsonOf } from '../../../tools/regress/report/json.js';
import { junitOf } from '../../../tools/regress/report/junit.js';
import { attribute, escaped } from '../../../tools/regress/report/markup.js';
import { type Report, wordOf } from '../../../tools/regress/report/report.js';
import { textOf } from '../../../tools/regress/report/text.js';
import { type RunResult, runScenario } from '../../../tools/regress/run.js';
import { Sampler, type Samples, spansOf } from '../../../tools/regress/sampler.js';
import { loadScenario } from '../../../tools/regress/scenarios.js';
import { IMAGES } from '../../simulated/helpers.js';

const hasPython = (() => {
  try {
    execFileSync('python3', ['-c', 'import xml.etree.ElementTree']);
    return true;
  } catch {
    return false;
  }
})();

interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

const PARSE = `
import json, sys, xml.etree.ElementTree as tree
def plain(e): return {'tag': e.tag, 'attributes': e.attrib, 'text': e.text or '', 'children': [plain(c) for c in e]}
json.dump(plain(tree.fromstring(sys.stdin.buffer.read())), sys.stdout)`;

/** As a parser of XML that is not ours reads it. Errors: whatever it says. */
const parse = (xml: string): Element =>
  JSON.parse(execFileSync('python3', ['-c', PARSE], { input: xml, encoding: 'utf8', maxBuffer: 1 << 26 })) as Element;

const find = (element: Element, tag: string): Element[] => [
  ...(element.tag === tag ? [element] : []),
  ...element.children.flatMap((child) => find(child, tag)),
];

const AWKWARD = 'a <b> & "c" \'d\' ]]> \u0000\u001b[31m \ud800 é 🙂 <!-- --> </failure>';

const result = (seed: number, ...violations: string[]) =>
  ({
    seed,
    settings: {},
    violations: violations.map((text) => ({ text, time_us: 1000 + seed })),
    hash: '0123456789abcdef',
    writes: 10,
    reads: 5,
    refused: 0,
    steps: 100,
    messages: 50,
    operations: 500,
    time_us: 2000,
  }) as RunResult;

/** Passed, failed, known and not made: one run each. */
function sample(ended: Report['ended'] = 'budget'): Report {
  const plan = [1, 2, 3, 4].map((seed) => ({ scenario: 'calm', rig: seed < 3 ? 'r1' : 'r2', seed, settings: {} }));
  const known = [{ scenario: 'calm', rig: 'r2', violation: 'old', why: `it is ${AWKWARD}` }];
  const results = [result(1), result(2, AWKWARD), result(3, 'an old one'), undefined];
  return {
    command: `npx arraylab regress --scenario '${AWKWARD}'`,
    microcode: { data: '00000001' },
    matrix: {
      rows: [{ name: 'calm', help: AWKWARD, rig: 'r1', defaults: {} }],
      columns: [{ name: 'r1' }, { name: 'r2' }, { name: 'r3' }],
      cells: [
        { scenario: 'calm', rig: 'r1' },
        { scenario: 'calm', rig: 'r2' },
        { scenario: 'calm', rig: 'r3', why: AWKWARD },
      ],
      faults: [],
      canHave: () => true,
    },
    plan,
    results,
    kinds: kindsOf(plan, results, known),
    known,
    stale: [],
    ended,
    commandOf: (scenario, rig, { seed }) => `npx arraylab sim ${scenario} --rig ${rig} --seed ${seed}`,
  };
}

describe('markup', () => {
  it('keeps every character that XML allows, and no other', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escaped(text)).not.toMatch(/[<>"']|&(?!(amp|lt|gt|quot|#39);)/);
        const back: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
        const plain = escaped(text).replace(/&([^;]+);/g, (_, name: string) => back[name] ?? '?');
        expect(plain.length).toBe(text.length);
      }),
    );
  });

  it.skipIf(!hasPython)('is read as it was meant (python3)', () => {
    const text = 'a\tb\nc <d> & "e" \'f\' ]]> é 🙂';
    const { attributes, text: inner } = parse(`<x y="${attribute(text)}">${escaped(text)}</x>`);
    expect([attributes.y, inner]).toEqual([text, text]);
  });
});

describe('kinds of failure', () => {
  it('are told apart by what is not known, whatever known violation comes before', () => {
    const plan = [1, 2, 3].map((seed) => ({ scenario: 's', rig: 'r', seed, settings: {} }));
    const results = [result(1, 'old', 'one 1'), result(2, 'old', 'another'), result(3, 'old', 'one 3')];
    const known = [{ scenario: 's', rig: 'r', violation: 'old', why: 'x' }];
    expect(kindsOf(plan, results, known).map(({ numbers }) => numbers)).toEqual([[0, 2], [1]]);
    expect(kindsOf(plan, [result(1, 'old')], known)).toEqual([]);
  });
});

describe('a report', () => {
  it('does not say PASS of what was not made', () => {
    const report = sample();
    expect(wordOf(report)).toBe('FAIL');
    expect(wordOf({ ...report, kinds: [] })).toBe('PASS so far, 1 of 4 runs not made');
    expect(wordOf({ ...report, kinds: [], ended: 'all' })).toBe('PASS');
  });

  it('as text begins with failures and ends with the verdict', () => {
    const lines = textOf(sample(), false).split('\n');
    expect(lines[2]).toBe('FAIL calm on r1: seed 2');
    expect(lines[3]).toBe('  npx arraylab sim calm --rig r1 --seed 2   (not shrunk)');
    expect(lines).toContain('1 of 4 runs were not made: the budget was spent');
    expect(lines.at(-2)).toBe('FAIL');
    expect(textOf(sample(), true)).toContain('\x1b[31mFAIL');
  });

  it('as JSON has every run with its verdict, and its fields in one order', () => {
    const document = JSON.parse(jsonOf(sample())) as { runs: { verdict: string }[]; verdict: string };
    expect(document.verdict).toBe('FAIL');
    expect(document.runs.map((run) => run.verdict)).toEqual(['passed', 'failed', 'known', 'not run']);
    expect(Object.keys(document).join(' ')).toBe(
      'version command verdict ended microcode total failures staleKnown matrix runs',
    );
    expect(jsonOf(sample())).toBe(jsonOf(sample()));
  });

  it.skipIf(!hasPython)('as JUnit XML has a suite for each rig and a case for each run (python3)', () => {
    const root = parse(junitOf(sample()));
    expect([root.tag, root.attributes]).toEqual([
      'testsuites',
      { name: 'arraylab regress', tests: '4', failures: '1', errors: '0', time: '0.006000' },
    ]);
    expect(root.children.map((suite) => suite.attributes)).toEqual([
      { name: 'r1', tests: '2', failures: '1', errors: '0', skipped: '0', time: '0.004000' },
      { name: 'r2', tests: '2', failures: '0', errors: '0', skipped: '2', time: '0.002000' },
    ]);
    for (const suite of root.children)
      expect(suite.children.map((c) => c.tag)).toEqual(['properties', 'testcase', 'testcase']);
    const cases = find(root, 'testcase');
    expect(cases.map((c) => [c.attributes.name, c.attributes.classname])).toEqual([
      ['calm, seed 1', 'r1.calm'],
      ['calm, seed 2', 'r1.calm'],
      ['calm, seed 3', 'r2.calm'],
      ['calm, seed 4', 'r2.calm'],
    ]);
    expect(cases.map((c) => c.children.map((inner) => inner.tag).join())).toEqual([
      '',
      'failure',
      'skipped',
      'skipped',
    ]);
    const [failure] = find(root, 'failure');
    expect(failure?.text).toContain(
      'npx arraylab sim calm --rig r1 --seed 2\nat 1002 µs: a <b> & "c" \'d\' ]]> \ufffd',
    );
    expect(failure?.attributes.message).toContain(']]>');
  });

  it.skipIf(!hasPython)('as a page is well-formed, and asks nobody for anything (python3)', () => {
    const page = htmlOf(sample(), []);
    const root = parse(page);
    expect(find(root, 'h1')[0]?.text).toBe('FAIL');
    expect(find(root, 'td').map((td) => td.attributes.class)).toEqual(['failed', 'known']);
    for (const tag of ['script', 'link', 'img', 'iframe']) expect(find(root, tag)).toEqual([]);
    expect(page).not.toMatch(/https?:|url\(|@import|style="/);
    const policy = find(root, 'meta').find((m) => m.attributes['http-equiv'] === 'Content-Security-Policy');
    expect(policy?.attributes.content).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });
});

describe('pictures', async () => {
  const scenario = await loadScenario('cut-and-return');
  const rig = loadSimRig(scenario.rig);
  const plain = runScenario(scenario, rig, IMAGES, 1);
  let sampler: Sampler | undefined;
  const seen = runScenario(scenario, rig, IMAGES, 1, {}, (sim) => {
    sampler = new Sampler(sim, spansOf(60_000, plain.time_us));
  });
  const [near, all] = (sampler as unknown as Sampler).end() as [Samples, Samples];

  it('do not change the run that they are of', () => expect(seen).toEqual(plain));

  it('are of the moments before the failure, and of the whole run', () => {
    expect([near.from_us, near.to_us]).toEqual([40_000, 62_000]);
    expect([all.from_us, all.to_us]).toEqual([0, plain.time_us]);
    for (const { from_us, to_us, times_us } of [near, all]) {
      expect(times_us.length).toBeGreaterThan(40);
      expect(times_us.every((t, i) => t >= from_us && t <= to_us && t >= (times_us[i - 1] ?? 0))).toBe(true);
    }
  });

  it('go on when a script makes the objects of the machine anew', async () => {
    const changes = await loadScenario('microcode-changes-under-hosts');
    const own = loadSimRig(changes.rig);
    const { time_us } = runScenario(changes, own, IMAGES, 1);
    let looker: Sampler | undefined;
    runScenario(changes, own, IMAGES, 1, {}, (sim) => {
      looker = new Sampler(sim, [{ from_us: 0, to_us: time_us }]);
    });
    const times_us = looker?.end()[0]?.times_us ?? [];
    const gaps = times_us.map((t, i) => t - (times_us[i - 1] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(time_us / 4);
  });

  it('show what the scenario does: a link goes, tracks are owed, the link returns, all is paid', () => {
    const link = all.bands.find((band) => band.name === 'link 1')?.words ?? [];
    const pair = all.bands.find((band) => band.name === 'A:data0 at A')?.words ?? [];
    const [m2] = all.levels.m2;
    const down = link.indexOf('down');
    expect(down).toBeGreaterThan(0);
    expect(link.lastIndexOf('up')).toBeGreaterThan(down);
    expect(pair.indexOf('PSUE')).toBeGreaterThan(pair.indexOf('PAIR'));
    expect(m2?.[link.lastIndexOf('down')]).toBeGreaterThan(0);
    expect(all.levels.received[0]?.slice(down + 1, link.lastIndexOf('down')).every((bytes) => bytes === 0)).toBe(true);
    for (const level of ['m1', 'm2', 'pending'] as const)
      for (const list of all.levels[level]) expect(list.at(-1)).toBe(0);
  });

  it.skipIf(!hasPython)('are well-formed in their page, with the violation marked where it lies (python3)', () => {
    const report = sample();
    const root = parse(htmlOf({ ...report, kinds: report.kinds.slice(0, 1) }, [[near, all]]));
    const pictures = find(root, 'svg').filter((svg) => svg.attributes.role === 'img');
    expect(pictures).toHaveLength(2);
    // The sample's violation comes at 1002 µs: before the first picture begins, in the second.
    expect(pictures.map((svg) => find(svg, 'text').filter((t) => t.text === 'violation at 1002 µs').length)).toEqual([
      0, 1,
    ]);
    for (const path of pictures.flatMap((svg) => find(svg, 'path')))
      expect(path.attributes.d).toMatch(/^(M|$)[\d. MHV-]*$/);
  });
});
