import { MICROCODED_ROLES } from '../../firmware/ports/messages.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';
import { relaidAll } from '../harness/relaid.js';

export default scenario({
  help: 'the microcode of every role of both arrays is changed and changed back while hosts write: no write is lost',
  rig: 'tiny-pair',
  usualTimes: true,
  settings: { load_us: 60_000 },
  others: relaidAll,
  run(sim, { load_us = 60_000 }) {
    begin(sim);
    sim.load_us(load_us, { readsOf16: 4 });
    for (let round = 0; round < 2; round++) {
      for (const role of MICROCODED_ROLES) {
        for (const { name } of sim.rig.arrays) {
          sim.wait_us(load_us / 30);
          sim.expect(sim.changeMicrocode(name, role), `role ${role} of array ${name} goes on with other microcode`);
          // What a role runs is in the memory, too.
          sim.reattach();
        }
      }
    }
    finish(sim);
  },
});
