import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a new pair over volumes that were never written is in PAIR at once: no track is sent',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    sim.expect(sim.pair('A:data0').state === 'PAIR' && sim.pair('B:data0').state === 'PAIR', 'both sides are in PAIR');
    sim.expect(
      (sim.world.link?.carried ?? 0) < 16,
      `only greetings went over the link (${sim.world.link?.carried} frames)`,
    );
    finish(sim);
  },
});
