import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

const ROUNDS = 24;
const HOSTS = 4;

export default scenario({
  help: 'one of two links is lost under writes, then the other: no host notices, and the pair stays in PAIR, in one session',
  rig: 'tiny-links',
  run(sim) {
    begin(sim);
    const { world } = sim;
    const [hosts] = world.hosts;
    const perTrack = sim.rig.arrays[0]?.dims.sectorsPerTrack ?? 1;
    const { epoch } = sim.pair('A:data0');
    const inPair = (): void => {
      const { state, epoch: now } = sim.pair('A:data0');
      sim.expect(state === 'PAIR' && now === epoch, `the pair stays in PAIR, epoch ${epoch} (${state}, epoch ${now})`);
    };
    for (let round = 0; round < ROUNDS && sim.violations.length === 0; round++) {
      for (let h = 0; h < HOSTS; h++) {
        sim.start(h, COMMAND_OP.OP_WRITE, 'A:data0', ((round * HOSTS + h) % 12) * perTrack, perTrack);
      }
      // One is up at any time: both ends must know of it before the other may go.
      const lost = (round >> 2) & 1;
      sim.wait_us(world.chance.below(400));
      if (round % 4 === 1) world.cutLink(lost);
      sim.until('all have their status', () => [0, 1, 2, 3].every((h) => !hosts?.busy(h)));
      for (let h = 0; h < HOSTS; h++) {
        const status = hosts?.look(h).status;
        sim.expect(status === RESULT.OK, `host ${h} gets good status (${status})`);
      }
      inPair();
      if (round % 4 !== 3) continue;
      world.mendLink(lost);
      sim.until('the link is up again', () => world.arrays.every((a) => a.get('link', 'up', lost) !== 0));
      inPair();
    }
    finish(sim);
    inPair();
  },
});
