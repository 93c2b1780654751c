import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

export default scenario({
  help: 'the target loses its drive: the source goes on alone, other pairs go on, and a new drive gets everything by itself',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    for (let track = 0; track < 12; track++) sim.write('A:data0', track * 4, 4);
    sim.rest();
    sim.loseDrive('B:data0');
    for (let i = 0; i < 3; i++) {
      for (let track = 0; track < 12; track++)
        sim.expect(sim.write('A:data0', track * 4, 2).status === RESULT.OK, 'the source takes writes');
      for (let track = 0; track < 8; track++)
        sim.expect(sim.write('B:work0', track * 4, 2).status === RESULT.OK, 'and so does the other pair');
    }
    sim.wait_us(50_000);
    // It is tried again now and then.
    sim.until('the pair is suspended', () => sim.pair('A:data0').state === 'PSUE');
    sim.expect(sim.pair('B:work0').state === 'PAIR', 'the other is not');
    sim.replaceDrive('B:data0');
    sim.rest();
    sim.expect(sim.pair('A:data0').state === 'PAIR', `the new drive has everything (${sim.pair('A:data0').state})`);
    for (let track = 0; track < 12; track++)
      sim.expect((sim.flags('B:data0', track) & FLAG.M1_INV) === 0, `track ${track} is whole there`);
    finish(sim);
  },
});
