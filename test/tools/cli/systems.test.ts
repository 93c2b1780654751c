import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { PAIR_EVENTS, PAIR_STATES } from '../../../firmware/memory/pair-states.js';

interface Result {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

async function systems(...args: string[]): Promise<Result> {
  try {
    const { stdout, stderr } = await promisify(execFile)('node', ['dist/tools/cli/main.js', 'systems', ...args]);
    return { status: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { status: code, out: stdout, err: stderr };
  }
}

describe('arraylab systems', () => {
  it('lists the recipes that a pair may name', async () => {
    expect((await systems('list')).out.split('\n')).toContain('track-mirror');
    expect(JSON.parse((await systems('list', '--json')).out)).toContain('track-mirror');
  });

  it('shows each state with what each event makes of it', async () => {
    const { status, out } = await systems('show', 'track-mirror');
    expect(status).toBe(0);
    for (const event of PAIR_EVENTS) expect(out).toContain(event.toUpperCase());
    for (const [state, row] of Object.entries(PAIR_STATES)) {
      const line = out.split('\n').find((text) => text.startsWith(`${state} `));
      expect(line?.split(/ +/).slice(1)).toEqual(PAIR_EVENTS.map((event) => row[event] ?? '-'));
    }
    const { states } = JSON.parse((await systems('show', 'track-mirror', '--json')).out) as { states: object };
    expect(states).toMatchObject({ PSUS: { resume: 'COPY', suspend: null } });
  });

  it.each([
    [['show', 'x'], 1, 'NAME is "x"; it must be journal-pull or track-mirror'],
    [['show'], 2, 'NAME is missing'],
    [[], 2, 'say list or show'],
    [['list', 'x'], 2, '"x" is too much'],
  ] as const)('says what is wrong with %j', async (args, wanted, text) => {
    const { status, out, err } = await systems(...args);
    expect([status, out]).toEqual([wanted, '']);
    expect(err).toContain(text);
  });
});
