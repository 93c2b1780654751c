import { RESULT, SHIP_FLAG } from '../../firmware/memory/constants.js';
import { roleNumber } from '../../firmware/ports/messages.js';
import type { ArrayMachine } from '../../firmware/runtime/machine/array.js';
import { type Entry, entriesBehind, numbersOf } from '../../firmware/runtime/simulated/journal-tables.js';
import { begin, scenario } from '../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../firmware/runtime/simulated/sim.js';
import { mend } from '../../firmware/runtime/simulated/storm.js';

const DATA = roleNumber('data');
const LOAD_US = 300_000;
const WAYS = ['goes on', 'loses power', 'takes over'] as const;

/** An entry of B that is not restored, and whose data its journal volume alone has. */
function onDriveOnly(b: ArrayMachine): Entry | undefined {
  const journals = b.nodes.find(({ role }) => role === DATA)?.journals;
  const waits = ({ done, flags, place }: Entry): boolean =>
    !done && (flags & SHIP_FLAG.SHIP_ZERO) === 0 && journals !== undefined && journals.at(0, place) < 0;
  return entriesBehind(b, 0, numbersOf(b, 0).restored).find(waits);
}

/** B's drives of data take so much longer: entries come faster than they are restored. */
function slowDrives(sim: Sim, us: number): void {
  for (const { drive } of sim.rig.arrays[1]?.volumes ?? []) sim.world.drives[1]?.faults[drive]?.slow(1, us);
}

export default scenario({
  help: 'journal group: B cannot read an entry any more that it has not restored: the track comes from A; without A a takeover ends, and that track alone is not to be had',
  rig: 'tiny-journal',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    const b = sim.world.arrays[1] as ArrayMachine;
    slowDrives(sim, 20_000);
    sim.load_us(LOAD_US, { readsOf16: 2, only: 0 });
    const end_us = sim.time_us + LOAD_US;
    // In a few runs none is: what comes is restored just in time.
    sim.until(
      'an entry is on the journal volume of B only',
      () => onDriveOnly(b) !== undefined || sim.time_us >= end_us,
    );
    const isThere = onDriveOnly(b) !== undefined;
    const journal = sim.rig.arrays[1]?.journals?.[0]?.volumes[0];
    if (!journal) return;
    sim.world.drives[1]?.faults[journal.drive]?.spoil(journal.informationSectors, journal.dataSectors);
    const way = isThere ? WAYS[chance.below(WAYS.length)] : undefined;
    if (way === 'takes over') {
      sim.crash('A');
      sim.expect(sim.operator('B:data0', 'FAILOVER').result === RESULT.UNKNOWN, 'B does not take over without force');
    }
    slowDrives(sim, 0);
    if (way === 'loses power') {
      sim.crash('B', 1 + chance.below(3000));
      sim.until('B has no power', () => !sim.world.powered(1));
      sim.powerOn('B');
    }
    const lacks = (): boolean => [0, 1].some((volume) => b.get('volume', 'm1_inv', volume) > 0);
    if (way === 'goes on') sim.until('B says of the track that it is not right there', lacks);
    if (way === 'takes over') {
      sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes over with force');
      sim.expect(sim.pair('B:data1').role === 'SOURCE', 'all of the group');
      sim.expect(lacks(), 'and says of the track that it is not right there');
    }
    mend(sim);
    if (sim.violations.length === 0) sim.checkAtRest();
  },
});
