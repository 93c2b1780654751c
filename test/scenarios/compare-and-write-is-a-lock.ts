import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, misfitOfScsi, scenario } from '../../firmware/runtime/simulated/scenario.js';

/** Each attempt of a host: it wants the block as it last saw it. */
const ATTEMPTS = 12;
const HOSTS = 2;
const BLOCK = 1;

export default scenario({
  help: 'two hosts take numbers by COMPARE AND WRITE of one mirrored block, over a link loss and a power loss: none is given twice, each follows the one before',
  rig: 'tiny-scsi',
  misfit: (rig) => misfitOfScsi(rig, ['A:data0']),
  run(sim) {
    begin(sim);
    const name = 'A:data0';
    let last = 0;
    const read = (): number => sim.read(name, BLOCK).values[0] ?? -1;
    for (let n = 0; n < ATTEMPTS && sim.violations.length === 0; n++) {
      if (n === ATTEMPTS / 3) sim.world.cutLink();
      if (n === ATTEMPTS / 2) sim.world.mendLink();
      const ids = Array.from({ length: HOSTS }, (_, host) => sim.scsi.compareWrite(host, name, BLOCK, last));
      if (n === (3 * ATTEMPTS) / 4) {
        sim.crash('A', 1 + sim.world.chance.below(300));
        sim.wait_us(3_000);
        sim.crash('A');
        sim.powerOn('A');
        sim.paired();
        last = read();
        continue;
      }
      const got = ids.filter((_, host) => sim.scsi.answer(host, name) === RESULT.OK);
      sim.expect(got.length === 1, `one of ${HOSTS} hosts gets number ${n} (${got.length} did)`);
      last = read();
      sim.expect(last === got[0], `it is the block's content (${last}, and ${got[0]} was given)`);
    }
    finish(sim);
  },
});
