import { EventEmitter } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { renderLines, type Sample, startLiveLines } from '../../../tools/cli/live-lines.js';
import { StandIn } from '../../firmware/service/http/stand-in.js';

const METER = { reads: 0, writes: 0, read_bytes: 0, written_bytes: 0 };

async function sample(time_ms: number, meter = METER): Promise<Sample> {
  const system = new StandIn();
  const [view] = await system.pairs();
  const directors = [{ name: 'da1', thread: 1, roles: ['disk'], ports: [], operations: 0, state: 'running' as const }];
  return {
    time_ms,
    arrays: system.arrays.map((array) => ({ ...array, directors, meter })),
    links: system.links,
    pairs: [{ view, own: 'B', tracks: await system.tracks('B:data0') }],
  };
}

describe('the lines', () => {
  it('have rates since the sample before', async () => {
    const before = await sample(1000, { reads: 10, writes: 20, read_bytes: 0, written_bytes: 1_000_000 });
    const now = await sample(3000, { reads: 30, writes: 5020, read_bytes: 1_000_000, written_bytes: 10_000_000 });
    expect(renderLines(now, before, 100)).toEqual([
      'array A    on          10 reads/s     2,500 writes/s      5.0 MB/s',
      'array B    on          10 reads/s     2,500 writes/s      5.0 MB/s',
      'link  A-B  up',
      'pair  A:data0 B:data0  PSUE  A serves  owes 7  M1(B) 7  M2(A) 1',
    ]);
  });

  it('have no rates before there is a second sample', async () => {
    const [line] = renderLines(await sample(1000, { ...METER, reads: 5000 }), undefined, 100);
    expect(line).toContain('   0 reads/s');
  });

  it('count from zero when an array was started anew', async () => {
    const before = await sample(0, { ...METER, reads: 5000 });
    expect(renderLines(await sample(1000, { ...METER, reads: 40 }), before, 100)[0]).toContain('  40 reads/s');
  });

  it('are no longer than the terminal is wide', async () => {
    for (const columns of [1, 20, 40]) {
      for (const line of renderLines(await sample(0), undefined, columns))
        expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  it('tell an array without power, a director that died, and why a link is down', async () => {
    const system = new StandIn();
    await system.crash('B');
    const ends = [{ array: 'A', state: 'down' as const, reason: 'nobody answers' }];
    const lines = renderLines(
      { time_ms: 0, arrays: system.arrays, links: [{ between: ['A', 'B'], state: 'down', ends }], pairs: [] },
      undefined,
      120,
    );
    expect(lines[0]).toContain('dead: channel+data');
    expect(lines[1]).toBe('array B    off');
    expect(lines[2]).toBe('link  A-B  down  A: nobody answers');
  });
});

/** What a terminal is told. */
class Terminal extends EventEmitter {
  readonly isTTY: boolean;
  readonly columns = 100;
  readonly rows = 30;
  readonly writes: string[] = [];

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  write(text: string): boolean {
    this.writes.push(text);
    return true;
  }
}

describe('on a terminal', () => {
  it('they are drawn over each other, each time in one write, and the cursor comes back', async () => {
    vi.useFakeTimers();
    try {
      const terminal = new Terminal(true);
      const listeners = process.listenerCount('exit');
      const lines = startLiveLines(new StandIn(), terminal as unknown as NodeJS.WriteStream);
      await vi.advanceTimersByTimeAsync(2500);
      lines.stop();
      lines.stop();
      await vi.advanceTimersByTimeAsync(5000);
      const [hide, first, second, third, show, ...more] = terminal.writes;
      expect([hide, show, more]).toEqual(['\x1b[?25l', '\x1b[?25h', []]);
      expect(first.split('\n')).toHaveLength(5);
      expect(first).not.toContain('\x1b[4A');
      expect([second.startsWith('\r\x1b[4A'), third.startsWith('\r\x1b[4A')]).toEqual([true, true]);
      expect(vi.getTimerCount()).toBe(0);
      expect(process.listenerCount('exit')).toBe(listeners);
    } finally {
      vi.useRealTimers();
    }
  });

  it('and nowhere else', () => {
    const file = new Terminal(false);
    startLiveLines(new StandIn(), file as unknown as NodeJS.WriteStream).stop();
    expect(file.writes).toEqual([]);
  });
});
