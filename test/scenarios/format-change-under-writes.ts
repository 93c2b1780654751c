import { FLAG, RESULT } from '../../firmware/memory/constants.js';
import { begin, finish, scenario } from '../../firmware/runtime/simulated/scenario.js';

const TRACKS = 6;

export default scenario({
  help: 'the format of a pair is changed under load: each side changes its own drive, hosts keep to whole blocks, no byte is lost',
  rig: 'tiny-formats',
  run(sim) {
    begin(sim);
    sim.load_us(60_000, { readsOf16: 4 });
    sim.wait_us(8_000);
    const large = (array: number): number => sim.world.arrays[array]?.get('volume', 'fba_4096', 0) ?? 0;
    const asked = sim.format('A:data0', 8);
    sim.expect(asked.result === RESULT.OK && asked.b > 0, `it begins (${JSON.stringify(asked)})`);
    sim.expect((sim.flags('A:data0', TRACKS - 1) & FLAG.M2_FP) !== 0, 'tracks are marked for the other side');
    sim.expect(sim.pair('A:data0').state === 'COPY', 'PAIR is left');
    const { writes } = sim;
    sim.until('both sides have changed all tracks', () => large(0) === TRACKS && large(1) === TRACKS);
    sim.paired();
    sim.expect(sim.writes > writes, 'hosts write meanwhile');
    sim.wait_us(60_000);
    sim.rest();
    sim.expect(sim.write('A:data0', 1, 1).status === RESULT.UNALIGNED, 'a part of a block is refused');
    sim.expect(sim.write('A:data0', 12, 8).status === RESULT.UNALIGNED, 'over two tracks, too');
    sim.expect(sim.read('A:data0', 3, 2).status === RESULT.UNALIGNED, 'and so is a read');
    sim.expect(sim.format('A:data0', 8).b === 0, 'the same format once more: done at once');
    sim.expect(sim.format('A:data0', 1).result === RESULT.OK, 'and back');
    sim.until('both sides are back', () => large(0) === 0 && large(1) === 0);
    sim.paired();
    sim.expect(sim.write('A:data0', 1, 1).status === RESULT.OK, 'one sector is written again');
    finish(sim);
  },
});
