import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a second link comes while hosts write: it carries its part of the load, in the same session',
  rig: 'tiny-links',
  run(sim) {
    sim.world.cutLink(1);
    begin(sim);
    const { world } = sim;
    const { epoch } = sim.pair('A:data0');
    const carried = (link: number): number => world.link?.carriedBy(link) ?? 0;
    sim.load_us(30_000, { readsOf16: 2, only: 0 });
    sim.wait_us(10_000);
    sim.expect(carried(1) === 0, 'the second link carries nothing yet');
    world.mendLink(1);
    sim.wait_us(2_000);
    const before = [carried(0), carried(1)];
    sim.wait_us(18_000);
    const [first, second] = [0, 1].map((link) => carried(link) - (before[link] ?? 0));
    sim.expect(
      4 * (first ?? 0) > (second ?? 0) && 4 * (second ?? 0) > (first ?? 0),
      `both links carry the load (${first} and ${second} frames)`,
    );
    finish(sim);
    sim.expect(sim.pair('A:data0').epoch === epoch, 'the session is the same');
  },
});
