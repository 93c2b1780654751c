import { RESULT } from '../../firmware/memory/constants.js';
import { begin, scenario } from '../../firmware/runtime/simulated/scenario.js';

const NAMES = ['data0', 'data1'];

export default scenario({
  help: 'A mirrors to B and to C, and is lost: B takes over and makes the pairs that stand by; C gets what differs, and takes over from B in its turn',
  rig: 'tiny-two-targets',
  run(sim) {
    begin(sim);
    sim.load_us(60_000, { readsOf16: 4, only: 0 });
    sim.wait_us(10_000 + sim.world.chance.below(40_000));
    sim.crash('A', 1 + sim.world.chance.below(400));
    sim.wait_us(20_000);
    sim.crash('A');
    sim.expect(sim.operator('B:data0', 'FAILOVER', true).result === RESULT.OK, 'B takes the group over');
    for (const name of NAMES) sim.write(`B:${name}`, 4, 4);
    for (const name of NAMES) {
      const { result } = sim.operator(`B:${name}@C`, 'CREATE', true);
      sim.expect(result === RESULT.OK, `B makes the pair of ${name} that stands by (result ${result})`);
    }
    sim.rest();
    for (const name of NAMES) {
      sim.expect(sim.pair(`B:${name}@C`).state === 'PAIR', `the pair of ${name} is in PAIR`);
      sim.expect(sim.pair(`C:${name}`).state === 'PAIR', `C has ${name} in PAIR`);
    }
    sim.load_us(20_000, { readsOf16: 4, only: 1 });
    sim.wait_us(15_000);
    sim.crash('B');
    sim.wait_us(20_000);
    sim.expect(sim.operator('C:data0', 'FAILOVER', true).result === RESULT.OK, 'C takes the group over');
    for (const name of NAMES) sim.expect(sim.write(`C:${name}`, 0, 4).status === RESULT.OK, `C serves ${name}`);
    sim.rest();
  },
});
