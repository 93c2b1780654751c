import { COMMAND_OP, RESULT } from '../../firmware/memory/constants.js';
import { blockValue } from '../../firmware/runtime/simulated/inspect.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'v2 goes over the second link, as the first has no credit left, and overtakes v1 there: B holds v2',
  rig: 'tiny-links',
  run(sim) {
    begin(sim);
    const { world } = sim;
    const [a] = world.arrays;
    const [hosts] = world.hosts;
    const perTrack = sim.rig.arrays[0]?.dims.sectorsPerTrack ?? 1;
    const credits = (link: number): number => a?.get('link', 'credits', link) ?? 0;
    // Credits come back over both links in turn: soon each has some.
    for (let i = 0; i < 12 && (credits(0) === 0 || credits(1) === 0); i++) {
      sim.write('A:data0', i * perTrack);
      sim.rest();
    }
    sim.expect(credits(0) > 0 && credits(1) > 0, `both links have credits (${credits(0)} and ${credits(1)})`);
    const ways = [0, 1, 2, 3, 4, 5, 6, 7].map((part) => a?.get('route', 'link', part));
    const tracks = [...ways.keys()].filter((part) => ways[part] === 0);
    world.link?.holdNext(1, 6_000);
    sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', 0, 2);
    sim.until('v1 is on its way', () => a?.get('lock', 'unacked', 0) === 1);
    let host = 1;
    for (const track of tracks.slice(1, 1 + credits(0))) {
      sim.start(host++, COMMAND_OP.OP_WRITE, 'A:data0', track * perTrack, 1);
    }
    sim.until('the first link has no credit left', () => credits(0) === 0);
    const v2 = sim.start(host, COMMAND_OP.OP_WRITE, 'A:data0', 0, 1);
    sim.until('B has v2', () => blockValue(world, 1, 0, 0, 0) === v2);
    sim.expect((world.link?.receiveBuffersInUse(1) ?? 0) === 0 && hosts?.busy(0) === true, 'v1 is still on its way');
    sim.until(
      'all have their status',
      () => !Array.from({ length: host + 1 }, (_, h) => hosts?.busy(h)).includes(true),
    );
    for (let h = 0; h <= host; h++) {
      sim.expect(hosts?.look(h).status === RESULT.OK, `host ${h} gets good status`);
    }
    finish(sim);
    sim.expect(blockValue(world, 1, 0, 0, 0) === v2, `B holds v2 (write ${v2}) in sector 0`);
  },
});
