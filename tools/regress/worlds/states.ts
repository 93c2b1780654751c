/** Brings a pair into each of its states, with data on both sides and something owed where the state owes. */
import type { PairState } from '../../../firmware/memory/pair-states.js';
import type { ArrayMachine } from '../../../firmware/runtime/machine/array.js';
import { pairOf } from '../../../firmware/runtime/simulated/inspect.js';
import { begin } from '../../../firmware/runtime/simulated/scenario.js';
import type { PairCommand, Sim } from '../../../firmware/runtime/simulated/sim.js';

/** The pairs of a rig: one for each way of mirroring, the others would only repeat it. */
export function pairsOf(sim: Sim): string[] {
  const modes = new Set<number>();
  return sim.images.flatMap((image) => {
    const { mode } = pairOf(sim.world.arrays[image.source] as ArrayMachine, image.volumes[image.source] as number);
    if (!image.paired || modes.has(mode)) return [];
    modes.add(mode);
    return [image.name];
  });
}

/** On a fresh sim. Errors: Error when the state does not come. */
export function bringTo(sim: Sim, name: string, state: PairState): void {
  const { image: index, array: home } = sim.volume(name);
  const away = sim.otherSide(name);
  const perTrack = sim.rig.arrays[home]?.dims.sectorsPerTrack ?? 1;
  const tell = (volume: string, command: PairCommand, force = false): void => {
    const { result } = sim.operator(volume, command, force);
    sim.expect(result === 0, `${command} ${volume} is done (result ${result})`);
  };
  const write = (volume: string, track: number): void => {
    sim.write(volume, track * perTrack, Math.min(perTrack, 2));
    sim.rest();
  };
  begin(sim);
  for (const track of [0, 1, 3]) write(name, track);
  switch (state) {
    case 'SMPL':
      tell(name, 'DELETE');
      break;
    case 'PAIR':
      break;
    case 'PSUS':
      tell(name, 'SUSPEND');
      write(name, 1);
      break;
    case 'PSUE':
      cut(sim);
      write(name, 1);
      break;
    case 'SSWS':
      cut(sim);
      tell(away, 'FAILOVER', true);
      write(away, 1);
      break;
    case 'COPY':
      cut(sim);
      for (const track of [1, 2, 3]) write(name, track);
      sim.world.mendLink();
      sim.until(`${name} is in COPY`, () => sim.pair(name).state === 'COPY');
      break;
  }
  if (state !== 'COPY') sim.rest();
  const serves = sim.authority(index) === home ? name : away;
  sim.expect(sim.pair(serves).state === state, `${serves} is in ${state} (${sim.pair(serves).state})`);
  if (sim.violations.length > 0) throw new Error(`${name} cannot be brought to ${state}: ${sim.violations[0]?.text}`);
}

function cut(sim: Sim): void {
  sim.world.cutLink();
  sim.rest();
}
