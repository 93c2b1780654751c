import { COMMAND_OP, FLAG } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a track is overwritten while it destages: M1 stays set until the new bytes are on the drive',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    const a = sim.world.arrays[0];
    const slots = a?.memory.layout.records.slot ?? 0;
    // The slot that a destage has pinned, if any.
    const destaging = (): boolean =>
      Array.from({ length: slots }, (_, s) => s).some(
        (s) => a?.get('slot', 'volume', s) === 1 && a.get('entry', 'pins', s) > 0,
      );
    const generation = (): number => a?.get('track', 'gen', 0) ?? 0;
    const first = generation();
    sim.start(0, COMMAND_OP.OP_WRITE, 'A:data0', 0, 1);
    sim.until('the track destages', () => generation() === first + 1 && destaging());
    sim.start(1, COMMAND_OP.OP_WRITE, 'A:data0', 0, 1);
    sim.until('it is overwritten', () => generation() === first + 2);
    const orphan = (): boolean =>
      Array.from({ length: slots }, (_, s) => s).some((s) => a?.get('entry', 'orphan', s) === 1);
    sim.expect(orphan(), 'the destage goes on with the old version in a slot of its own');
    sim.until('the first destage has ended', () => !orphan());
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_WP) !== 0, 'M1 is set after the destage of the old version');
    finish(sim);
    sim.expect((sim.flags('A:data0', 0) & FLAG.M1_WP) === 0, 'M1 is clear in the end');
  },
});
