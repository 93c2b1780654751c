/**
 * What a debugger costs hosts of an array while nothing is armed: attached, and not, in turn, at one process; which of the two
 * goes first changes from round to round, so that what else the machine does falls on both. Where others use the processors
 * too, requests a second say little: so they are also divided by the processor time that the array took for them.
 */
import { readFileSync } from 'node:fs';
import { openLive } from '../debugger/live-target.js';
import type { Figure } from './figures.js';
import { type Case, figureOf, fill, type Load, rate, requireFio } from './fio.js';
import { type Served, startRig } from './nbd-peers.js';

const VOLUME = 'data0';
const VOLUME_BYTES = 256 * 1024 * 1024;
const RIG = 'hw-profiles/rigs/single.json';
const NOBODY = 'no debugger';

/** A debugger that is attached and has nothing armed costs nothing. */
const TARGETS = [{ peer: NOBODY, least: 1 }];

const CASES = (['randread', 'randwrite'] as const).map(
  (rw): Case => ({ name: `${rw} 4 KiB, depth 32`, rw, block_KiB: 4, depth: 32 }),
);

/** Clock ticks of /proc, the same on all architectures that Node runs on (man 5 proc, sysconf(_SC_CLK_TCK)). */
const TICKS_PER_S = 100;

/** Processor time of a process so far; undefined where the system does not say it. */
function processorTime_s(pid: number): number | undefined {
  try {
    // After the name, which may hold anything: utime and stime are fields 14 and 15.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
  } catch {
    return undefined;
  }
}

/** Requests a second: of the clock, and of the array's processor time. */
interface Samples {
  readonly clock: number[];
  readonly processor: number[];
}

/** While a debugger is attached, and the arrays run. */
async function debugged<T>({ http = '', tokenFile = '' }: Served, work: () => Promise<T>): Promise<T> {
  const target = await openLive({ url: http, tokenFile });
  try {
    const going = target.resume({ how: 'continue' });
    const result = await work();
    target.pause();
    const { reason } = await going;
    if (reason !== 'pause') throw new Error(`a debugger with nothing armed stopped the arrays: ${reason}`);
    return result;
  } finally {
    await target.close();
  }
}

interface Options extends Omit<Load, 'bytes'> {
  /** Told of what could not be measured. */
  readonly missed: (what: string) => void;
}

/** None where fio is not installed, or the array does not start: `missed` is told. */
export async function benchLiveDebugger({ missed, ...load }: Options): Promise<Figure[]> {
  try {
    return await measured(load);
  } catch (error) {
    missed(`nothing is measured live: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

async function measured(load: Omit<Load, 'bytes'>): Promise<Figure[]> {
  requireFio();
  const all: Load = { ...load, bytes: VOLUME_BYTES };
  const { peer, served } = await startRig(RIG, ['--placement', 'fused']);
  try {
    const uri = peer.uri(VOLUME);
    await fill(uri, VOLUME_BYTES);
    const figures: Figure[] = [];
    for (const c of CASES) {
      const [attached, alone]: [Samples, Samples] = [
        { clock: [], processor: [] },
        { clock: [], processor: [] },
      ];
      const measureInto = async ({ clock, processor }: Samples): Promise<void> => {
        const before_s = processorTime_s(peer.pid);
        const perSecond = await rate(c, uri, all);
        const after_s = processorTime_s(peer.pid);
        clock.push(perSecond);
        if (before_s !== undefined && after_s !== undefined)
          processor.push((perSecond * load.seconds) / (after_s - before_s));
      };
      const measures = [() => debugged(served, () => measureInto(attached)), () => measureInto(alone)];
      // Whoever went first would be measured while code is compiled.
      await rate(c, uri, all);
      for (let round = 1; round <= load.rounds; round++) {
        for (const measure of measures.reverse()) await measure();
        const seen = [attached, alone].map(({ clock }) => Math.round(clock[round - 1]));
        load.log?.(`live, ${c.name}, round ${round}: attached ${seen[0]}, ${NOBODY} ${seen[1]}`);
      }
      const name = `live, ${c.name}, a debugger attached and nothing armed`;
      figures.push(figureOf(name, attached.clock, { [NOBODY]: alone.clock }, TARGETS));
      if (attached.processor.length === 0) continue;
      figures.push(figureOf(`${name}, of processor time`, attached.processor, { [NOBODY]: alone.processor }, TARGETS));
    }
    return figures;
  } finally {
    await peer.stop();
  }
}
