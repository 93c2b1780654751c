import { RESULT } from '../../firmware/memory/constants.js';
import { begin, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'A mirrors to B, and B to C; A and B are lost under load: C takes over, and what it serves is a prefix of what hosts wrote',
  rig: 'tiny-cascade',
  run(sim) {
    begin(sim);
    sim.load_us(60_000, { readsOf16: 4, only: 0 });
    sim.wait_us(10_000 + sim.world.chance.below(40_000));
    if (sim.world.chance.below(2) === 0) sim.crash('A');
    sim.crash('B', 1 + sim.world.chance.below(400));
    sim.wait_us(10_000);
    for (const name of ['A', 'B']) sim.crash(name);
    sim.wait_us(5_000);
    const isWhole = ['C:data0', 'C:data1'].every((name) => sim.pair(name).state === 'PAIR');
    sim.expect(isWhole, 'C has all volumes of the group in PAIR');
    sim.expect(sim.operator('C:data0', 'FAILOVER', true).result === RESULT.OK, 'C takes the group over');
    for (const name of ['C:data0', 'C:data1']) {
      sim.expect(sim.pair(name).state === 'SSWS', `${name} serves alone`);
      sim.expect(sim.read(name, 0, 4).status === RESULT.OK, `${name} is read`);
      sim.expect(sim.write(name, 0, 4).status === RESULT.OK, `${name} is written`);
    }
    sim.rest();
  },
});
