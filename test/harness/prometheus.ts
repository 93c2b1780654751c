/** Reads the text format of Prometheus, version 0.0.4, and refuses what a scraper might only bear with. */

export interface Family {
  readonly type: string;
  readonly help: string;
  /** Value of each series, under its name and labels as they stand. */
  readonly series: Map<string, number>;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
const HELP = new RegExp(`^# HELP (${NAME}) (.+)$`);
const TYPE = new RegExp(`^# TYPE (${NAME}) (counter|gauge|histogram)$`);
const SAMPLE = new RegExp(`^(${NAME})(\\{${LABEL}(?:,${LABEL})*\\})? (-?\\d+(?:\\.\\d+)?(?:e[+-]\\d+)?)$`);

/** Errors: Error that names the line. */
export function parsePrometheus(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, Family>();
  const lines = text.slice(0, -1).split('\n');
  let name = '';
  for (const [i, line] of lines.entries()) {
    const wrong = (why: string): Error => new Error(`line ${i + 1}: ${why}: ${line}`);
    const help = HELP.exec(line);
    if (help) {
      name = help[1];
      const type = TYPE.exec(lines[i + 1] ?? '');
      if (type?.[1] !== name) throw wrong('no TYPE of it follows');
      if (families.has(name)) throw wrong('a second HELP');
      if (type[2] === 'counter' && !name.endsWith('_total')) throw wrong('a counter not called _total');
      families.set(name, { type: type[2], help: help[2], series: new Map() });
      continue;
    }
    if (TYPE.test(line)) {
      if (!lines[i - 1]?.startsWith(`# HELP ${name} `)) throw wrong('a TYPE without its HELP');
      continue;
    }
    const sample = SAMPLE.exec(line);
    if (!sample) throw wrong('this is no sample');
    const [, sampled, labels = '', value] = sample;
    const family = families.get(name);
    const endings = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    if (!endings.some((ending) => sampled === name + ending)) throw wrong(`a sample among those of ${name}`);
    const labelNames = [...labels.matchAll(/([a-zA-Z0-9_]+)="/g)].map((m) => m[1]);
    if (new Set(labelNames).size < labelNames.length) throw wrong('a label twice');
    if (family?.series.has(sampled + labels)) throw wrong('a series twice');
    family?.series.set(sampled + labels, Number(value));
  }
  for (const [of, family] of families) if (family.type === 'histogram') checkHistogram(of, family);
  return families;
}

/** Buckets of a series only grow, and the last one is its count. */
function checkHistogram(name: string, { series }: Family): void {
  const last = new Map<string, { le: number; count: number }>();
  for (const [key, count] of series) {
    const [, labels, le] = /_bucket\{(.*),le="(.*)"\}$/.exec(key) ?? [];
    if (le === undefined) continue;
    const bound = le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le);
    const before = last.get(labels) ?? { le: 0, count: 0 };
    if (!(bound > before.le) || count < before.count) throw new Error(`${key}: not after the bucket before`);
    last.set(labels, { le: bound, count });
  }
  for (const [labels, { le, count }] of last) {
    if (le !== Number.POSITIVE_INFINITY || series.get(`${name}_count{${labels}}`) !== count) {
      throw new Error(`${name}{${labels}}: its last bucket is not its count`);
    }
    if (!series.has(`${name}_sum{${labels}}`)) throw new Error(`${name}{${labels}} has no sum`);
  }
}

/** The value of one series; undefined: it is not there. */
export function valueIn(families: ReadonlyMap<string, Family>, series: string): number | undefined {
  for (const family of families.values()) {
    const value = family.series.get(series);
    if (value !== undefined) return value;
  }
  return undefined;
}
