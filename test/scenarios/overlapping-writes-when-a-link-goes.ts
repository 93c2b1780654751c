import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

const ROUNDS = 12;
const HOSTS = [0, 1, 2, 3];
const TRACKS = 2;

export default scenario({
  help: 'one of two links goes under hosts that write the same tracks: what goes again is overtaken, and the pair stays in PAIR, in one session',
  rig: 'tiny-links',
  run(sim) {
    begin(sim);
    const { world } = sim;
    const [hosts] = world.hosts;
    const perTrack = sim.rig.arrays[0]?.dims.sectorsPerTrack ?? 1;
    const { epoch } = sim.pair('A:data0');
    let writes = 0;
    const hasStatus = (host: number): void => {
      if (hosts?.busy(host)) return;
      const status = hosts?.look(host).status;
      sim.expect(status === RESULT.OK, `host ${host} gets good status (${status})`);
    };
    /** Each host writes again as soon as it may: newer writes of a track come between a send that is lost and its second. */
    const write = (until_us: number): void => {
      while (sim.time_us < until_us && sim.violations.length === 0) {
        for (const host of HOSTS.filter((h) => !hosts?.busy(h))) {
          if (writes >= HOSTS.length) hasStatus(host);
          const first = world.chance.below(perTrack);
          const at = world.chance.below(TRACKS) * perTrack + first;
          sim.start(host, COMMAND_OP.OP_WRITE, 'A:data0', at, 1 + world.chance.below(perTrack - first));
          writes += 1;
        }
        const { state, epoch: now } = sim.pair('A:data0');
        sim.expect(
          state === 'PAIR' && now === epoch,
          `the pair stays in PAIR, epoch ${epoch} (${state}, epoch ${now})`,
        );
        sim.wait_us(20);
      }
    };
    for (let round = 0; round < ROUNDS && sim.violations.length === 0; round++) {
      write(sim.time_us + 600 + world.chance.below(400));
      world.cutLink(round & 1);
      write(sim.time_us + 3_000);
      world.mendLink(round & 1);
      sim.until('the link is up again', () => world.arrays.every((a) => a.get('link', 'up', round & 1) !== 0));
    }
    sim.until('all have their status', () => HOSTS.every((h) => !hosts?.busy(h)));
    for (const host of HOSTS) hasStatus(host);
    finish(sim);
  },
});
