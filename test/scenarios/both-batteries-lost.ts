import { RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'both arrays lose their batteries, again and again while they are copied: neither serves before an operator has spoken, then both are the same',
  rig: 'tiny-lists',
  run(sim) {
    begin(sim);
    const { chance } = sim.world;
    const told = chance.below(2) === 0 ? 'A' : 'B';
    sim.load_us(20_000, { readsOf16: 4 });
    sim.wait_us(4_000 + chance.below(10_000));
    for (let i = 0; i < 3; i++) {
      for (const name of ['A', 'B']) if (chance.below(3) !== 0) sim.loseBattery(name);
      for (const name of ['A', 'B']) sim.powerOn(name);
      sim.wait_us(chance.below(3_000));
      for (const name of ['data0', 'later0']) sim.operator(`${told}:${name}`, 'FAILOVER', true);
      sim.wait_us(chance.below(3_000));
    }
    sim.rest();
    sim.wait_us(30_000);
    sim.rest();
    for (const name of ['data0', 'later0', 'held0', 'work0']) {
      const { image } = sim.volume(`A:${name}`);
      const to = ['A', 'B'][sim.authority(image)] as string;
      sim.expect(
        sim.operator(`${to}:${name}`, 'FAILOVER', true).result === RESULT.OK,
        `an operator lets ${to} serve ${name}`,
      );
      sim.rest();
    }
    finish(sim);
  },
});
