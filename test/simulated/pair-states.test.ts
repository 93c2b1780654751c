/** What recipes say of the states of their pairs, cell by cell, on whole arrays: of each recipe and choice that a rig has. */
import { describe, expect, test } from 'vitest';
import {
  PAIR_EVENTS,
  PAIR_STATES,
  type PairEvent,
  type PairState,
  type StateTable,
} from '../../firmware/memory/pair-states.js';
import type { PairCommand, Sim } from '../../firmware/runtime/simulated/sim.js';
import { namesOf, openReference } from '../../firmware/service/profiles.js';
import { RecipeFile } from '../../firmware/service/recipe.js';
import { loadSimRig } from '../../firmware/service/sim-rig.js';
import { SECTORS_MOST, sectorsOf } from '../../tools/regress/fit.js';
import { bringTo } from '../../tools/regress/worlds/states.js';
import { newSim } from './helpers.js';

const STATES = Object.keys(PAIR_STATES) as PairState[];

interface Case {
  /** `track-mirror, domino`. */
  readonly recipe: string;
  readonly rig: string;
  readonly volume: string;
}

/** The first pair of each recipe and choices, on the rigs that the simulator takes. */
function casesOf(): Case[] {
  const cases = new Map<string, Case>();
  for (const rig of namesOf('rig')) {
    let sim: Sim;
    try {
      if (sectorsOf(loadSimRig(rig)) > SECTORS_MOST) continue;
      sim = newSim(rig, 1);
    } catch (error) {
      if (error instanceof RangeError) continue; // of more than two arrays
      throw error;
    }
    for (const image of sim.images) {
      const array = sim.rig.arrays[image.source];
      const pair = array?.volumes[image.volumes[image.source] as number]?.pair;
      const recipe = pair && array?.recipes[pair.recipe]?.name;
      if (recipe === undefined || pair?.simplex || cases.has(recipe)) continue;
      cases.set(recipe, { recipe, rig, volume: image.name });
    }
  }
  return [...cases.values()];
}

type At = 'home' | 'serves' | 'target';
const COMMANDS: Readonly<Partial<Record<PairEvent, readonly [PairCommand, At, force?: boolean]>>> = {
  create: ['CREATE', 'home', true], // the other side holds data
  suspend: ['SUSPEND', 'serves'],
  resume: ['RESUME', 'serves'],
  delete: ['DELETE', 'serves', true],
  failover: ['FAILOVER', 'target'],
  'failover --force': ['FAILOVER', 'target', true],
  swap: ['SWAP', 'target'],
  failback: ['SWAP', 'target'],
};

/** As the worlds are begun; where a pair outlives its link, COPY comes of a suspension. */
function bring(sim: Sim, volume: string, state: PairState, table: StateTable): void {
  if (state !== 'COPY' || table.PAIR['link down'] === 'PSUE') {
    bringTo(sim, volume, state);
    return;
  }
  bringTo(sim, volume, 'PSUS');
  sim.operator(volume, 'RESUME');
  sim.until(`${volume} is in COPY`, () => sim.pair(volume).state === 'COPY');
}

/** These states are brought about by a link that is down, and last as long as it is. */
const isCut = (state: PairState): boolean => state === 'PSUE' || state === 'SSWS';

/** The table is for a side that can ask the other; and in SSWS, for one that knows that it is target. A link makes PSUE, or nothing here. */
const canCome = (table: StateTable, state: PairState, event: PairEvent): boolean => {
  if (state === 'SSWS') return COMMANDS[event]?.[1] !== 'target';
  return state !== 'PSUE' || (event !== 'resume' && table.PAIR['link down'] === 'PSUE');
};

/** States of the side that serves hosts, or of the one that takes over, from before the event to rest; was it done? */
function happens(sim: Sim, volume: string, event: PairEvent, takes: boolean): { done: boolean; states: string[] } {
  const { image } = sim.volume(volume);
  const sides = [volume, sim.otherSide(volume)];
  const serving = (): string => sides.find((side) => sim.volume(side).array === sim.authority(image)) ?? volume;
  const serves = serving();
  const target = sides.find((side) => side !== serves) ?? volume;
  const states: string[] = [];
  const look = (): void => {
    const now = takes ? target : serving();
    const { state } = sim.pair(now);
    if (sim.isBooted(sim.volume(now).array) && states.at(-1) !== state) states.push(state);
  };
  look();
  sim.world.onMessage = look;
  const done = doIt(sim, event, { home: volume, serves, target });
  sim.rest();
  look();
  sim.world.onMessage = undefined;
  return { done, states };
}

function doIt(sim: Sim, event: PairEvent, sides: Readonly<Record<At, string>>): boolean {
  const command = COMMANDS[event];
  if (command) return sim.operator(sides[command[1]], command[0], command[2]).result === 0;
  if (event === 'host write') return sim.write(sides.serves, 0).status === 0;
  if (event === 'link down') sim.world.cutLink();
  else if (event === 'link up') sim.world.mendLink();
  else {
    const [array = ''] = sides.serves.split(':');
    sim.crash(array);
    sim.powerOn(array);
  }
  return true;
}

/** Where a pair goes by itself: a session that opens makes COPY of SSWS, and PAIR of COPY. */
const goesOn = (state: PairState): readonly string[] => {
  const way = ['SSWS', 'COPY', 'PAIR'];
  return way.includes(state) ? way.slice(way.indexOf(state)) : [state];
};

describe.each(casesOf())('a pair of $recipe ($volume of $rig)', ({ recipe, rig, volume }) => {
  const [name = '', ...chosen] = recipe.split(', ');
  const table = new RecipeFile(openReference('recipe', name)).states(chosen);
  const cells = STATES.flatMap((state) => PAIR_EVENTS.map((event) => [state, event] as const));
  test.each(cells.filter(([state, event]) => canCome(table, state, event)))(
    'in %s is as its table says after: %s',
    (state, event) => {
      const wanted = table[state][event];
      const sim = newSim(rig, 1);
      bring(sim, volume, state, table);
      const { done, states } = happens(sim, volume, event, wanted !== undefined && COMMANDS[event]?.[1] === 'target');
      if (!isCut(state)) expect(done).toBe(wanted !== undefined);
      const then = wanted ?? state;
      expect(states).toContain(then);
      expect(goesOn(then)).toContain(states.at(-1));
      if (then === state) expect(states).toEqual(goesOn(then).slice(0, states.length));
    },
  );
});

test('each recipe of the package is that of a pair of a rig here', () => {
  const held = casesOf().map(({ recipe }) => recipe.split(', ')[0]);
  expect(namesOf('recipe').filter((name) => !held.includes(name))).toEqual([]);
});
