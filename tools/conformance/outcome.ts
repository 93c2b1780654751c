/**
 * What a run of `iscsi-test-cu -v -V` says of each test. CUnit counts a test that was skipped as passed; the suite says
 * so in a `[SKIPPED]` line alone, some of them only with -V. Here a test is
 *
 * - failed, when CUnit says FAILED, or when the run ended before it said anything;
 * - skipped, when it passed, and said `[SKIPPED]` of itself or of a part;
 * - passed otherwise.
 */
export const VERDICTS = ['passed', 'failed', 'skipped'] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Outcome {
  readonly verdict: Verdict;
  /** The suite's own words of a failure or of a skip, none twice; none for what passed. */
  readonly reasons: readonly string[];
}

/** By `Family.Test`. */
export type Outcomes = ReadonlyMap<string, Outcome>;

/** What the suite says of a failure first tells the most; a test in a loop says thousands. */
const REASONS_KEPT = 8;

const HEAD = /^(?:Suite: (\S+)| {2}Test: (\S+) \.\.\.)/gm;
/** After a test's log lines, which all begin with spaces; or right after its head, when it logged nothing. */
const WORD = /^(passed|FAILED)/m;
const LOGGED = /^ *(\[FAILED\].*)$/gm;
/** The next log line may follow the last of these without a line feed. */
const ASSERTED = /^ *\d+\. (\S+\.c:\d+ .*?)(?: {4}.*)?$/gm;
const SKIP = /\[SKIPPED\] ?(.*)$/gm;
const SUMMARY = /^ +tests +\d+ +(\d+) +\d+ +(\d+) +\d+$/m;

/** What the patterns' first groups find in a text, none twice, the first few. */
function words(text: string, ...patterns: readonly RegExp[]): string[] {
  const found = patterns.flatMap((pattern) => [...text.matchAll(pattern)].map((match) => (match[1] ?? '').trim()));
  return [...new Set(found)].slice(0, REASONS_KEPT);
}

function outcome(said: string, ended: string): Outcome {
  const word = WORD.exec(said);
  if (word === null) return { verdict: 'failed', reasons: [...words(said, LOGGED, ASSERTED), ended] };
  // What it logs behind the word is of the way from one test to the next: reservations are cleared.
  const logged = said.slice(0, word.index);
  if (word[1] === 'FAILED') {
    return { verdict: 'failed', reasons: [...words(logged, LOGGED), ...words(said, ASSERTED)].slice(0, REASONS_KEPT) };
  }
  const skips = words(logged, SKIP);
  return { verdict: skips.length > 0 ? 'skipped' : 'passed', reasons: skips };
}

/**
 * @param said all that the run wrote, both streams in their order.
 * @param ended why it ended, for the test that it ended in.
 * Errors: when this does not count the failures that CUnit counted.
 */
export function outcomesOf(said: string, ended: string): Outcomes {
  const heads = [...said.matchAll(HEAD)];
  const outcomes = new Map<string, Outcome>();
  let family = '';
  heads.forEach((head, i) => {
    if (head[1] !== undefined) family = head[1];
    else {
      const body = said.slice(head.index + head[0].length, heads[i + 1]?.index);
      outcomes.set(`${family}.${head[2]}`, outcome(body, ended));
    }
  });
  const summary = SUMMARY.exec(said);
  if (summary !== null) {
    const counted = `${outcomes.size} tests, ${countOf(outcomes).failed} failed`;
    const told = `${summary[1]} tests, ${summary[2]} failed`;
    if (counted !== told) throw new Error(`iscsi-test-cu counts ${told}; read from its output: ${counted}`);
  }
  return outcomes;
}

export type Count = Record<Verdict, number>;

export function countOf(outcomes: Outcomes): Count {
  const count: Count = { passed: 0, failed: 0, skipped: 0 };
  for (const { verdict } of outcomes.values()) count[verdict]++;
  return count;
}
