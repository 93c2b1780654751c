import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'an array is back before the other one missed both links: a session that only one side closed is opened anew',
  rig: 'tiny-links',
  run(sim) {
    begin(sim);
    for (let times = 0; times < 10; times++) {
      for (const name of ['A', 'B']) {
        sim.crash(name);
        sim.powerOn(name);
        sim.rest();
        sim.expect(sim.allPaired(), `after power loss ${times + 1} of ${name} all pairs are in PAIR by themselves`);
      }
    }
    finish(sim);
  },
});
