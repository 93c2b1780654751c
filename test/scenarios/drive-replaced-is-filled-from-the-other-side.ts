import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'a drive is lost: hosts of the pair go on over the link; an empty one takes its place and is filled from the other side',
  rig: 'tiny-pair',
  usualTimes: true,
  run(sim) {
    begin(sim);
    const ids = Array.from({ length: 12 }, (_, track) => sim.write('A:data0', track * 4, 4).id);
    sim.rest();
    sim.loseDrive('A:data0');
    for (let track = 0; track < 12; track++) {
      const { status, values } = sim.read('A:data0', track * 4, 4);
      sim.expect(
        status === RESULT.OK && values.every((v) => v === ids[track]),
        `track ${track} is read (${status}: ${values})`,
      );
    }
    for (let track = 0; track < 8; track++) {
      const { id, status } = sim.write('A:data0', track * 4 + 1, 2);
      sim.expect(status === RESULT.OK, `track ${track} is written without its drive (${status})`);
      const { values } = sim.read('A:data0', track * 4, 4);
      sim.expect(`${values}` === `${[ids[track], id, id, ids[track]]}`, `and read (${values})`);
    }
    sim.expect(sim.pair('A:data0').state === 'PAIR', 'the other side has everything');
    sim.replaceDrive('A:data0');
    sim.rest();
    for (let track = 0; track < 12; track++)
      sim.expect((sim.flags('A:data0', track) & (FLAG.M1_INV | FLAG.M1_WP)) === 0, `track ${track} is whole`);
    // Nothing is left in cache after a power loss: what is read then comes from the new drive.
    sim.world.cutLink();
    sim.crash('A');
    sim.powerOn('A');
    sim.rest();
    for (let track = 0; track < 12; track++) {
      const { status, values } = sim.read('A:data0', track * 4, 4);
      sim.expect(status === RESULT.OK && values[0] === ids[track], `and on its drive (${status}: ${values})`);
    }
    finish(sim);
  },
});
