/** Backwards: what is shown of the past is what was, byte for byte, and the run is none the worse for it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COMMAND_OP } from '../../../../firmware/memory/constants.js';
import { begin, finish, type Scenario } from '../../../../firmware/runtime/simulated/scenario.js';
import type { Sim } from '../../../../firmware/runtime/simulated/sim.js';
import { loadImages } from '../../../../firmware/service/microcode.js';
import { loadSimRig } from '../../../../firmware/service/sim-rig.js';
import { isPicture, type Picture, takePicture, viewsOf } from '../../../../tools/debugger/simulated/picture.js';
import { runScenario } from '../../../../tools/regress/run.js';
import { debugged, going, type User } from './talking.js';

const images = loadImages();
const rig = loadSimRig('tiny-pair');
/** A thousand were seen to pass. */
const RUNS = Number(process.env.ARRAYLAB_PROGRAMS ?? 150);

/** What a script does, one thing after the other. */
type Deed = { readonly does: 'write' | 'read' | 'cut' | 'mend' | 'crash' | 'power' | 'wait'; readonly n: number };

const deed: fc.Arbitrary<Deed> = fc.record({
  does: fc.constantFrom('write', 'write', 'write', 'read', 'cut', 'mend', 'crash', 'power', 'wait'),
  n: fc.nat(1000),
});

function act(sim: Sim, { does, n }: Deed): void {
  const array = n % 2 === 0 ? 'A' : 'B';
  if (does === 'write' || does === 'read') {
    const host = n % 3;
    if (!sim.world.powered(0) || sim.world.hosts[0]?.busy(host)) return;
    sim.start(host, does === 'write' ? COMMAND_OP.OP_WRITE : COMMAND_OP.OP_READ, 'A:data0', n % 8, 1 + (n % 3));
  } else if (does === 'cut') sim.world.cutLink();
  else if (does === 'mend') sim.world.mendLink();
  else if (does === 'crash') sim.crash(array, n);
  else if (does === 'power') sim.powerOn(array);
  else sim.wait_us(n);
}

const scripted = (deeds: readonly Deed[]): Scenario => ({
  help: '',
  rig: 'tiny-pair',
  run(sim) {
    begin(sim);
    for (const one of deeds) act(sim, one);
    sim.wait_us(500);
    finish(sim);
  },
});

const memoryOf = (sim: Sim): Picture => takePicture(viewsOf(sim.world.buffers));
const is = (sim: Sim, picture: Picture): boolean => isPicture(viewsOf(sim.world.buffers), picture);

test('of random programs and stops: so many micro-operations forward and as many back, and memory is what it was', () => {
  let moments = 0;
  fc.assert(
    fc.property(
      fc.array(deed, { maxLength: 8 }),
      fc.nat(),
      fc.nat(1200),
      fc.integer({ min: 1, max: 200 }),
      (deeds, seed, from, count) => {
        const scenario = scripted(deeds);
        const plain = runScenario(scenario, rig, images, seed, {});
        const user: User = function* (sim) {
          yield* going({ how: 'any', count: from + 1 });
          const before = memoryOf(sim);
          const there = yield* going({ how: 'any', count });
          const after = memoryOf(sim);
          if (there.reason === 'end') return;
          yield* going({ how: 'any', count, back: true });
          expect(is(sim, before)).toBe(true);
          yield* going({ how: 'any', count });
          expect(is(sim, after)).toBe(true);
          moments++;
        };
        expect(debugged({ scenario, rig, images, seed }, user).hash).toBe(plain.hash);
      },
    ),
    { numRuns: RUNS },
  );
  expect(moments).toBeGreaterThan(RUNS / 3);
});
