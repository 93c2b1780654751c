/** firmware/memory/pair-states.ts and what recipes change of it, cell by cell, on the microcode of both sides. */
import { describe, expect, test } from 'vitest';
import type { Recipe } from '../../firmware/engine/recipe.js';
import { FLAG, PAIR_ROLE, PAIR_STATE, RESULT } from '../../firmware/memory/constants.js';
import { PAIR_EVENTS, PAIR_STATES, type PairEvent, type PairState } from '../../firmware/memory/pair-states.js';
import { openReference } from '../../firmware/service/profiles.js';
import { RecipeFile } from '../../firmware/service/recipe.js';
import { IDENTITY } from '../harness/bench-array.js';
import { recipeOf } from '../harness/images.js';
import type { Message } from '../harness/messages.js';
import { type Path, span } from '../harness/path.js';
import { EPOCH, source, THEIRS, target } from './fixtures.js';

const STATES = Object.keys(PAIR_STATES) as PairState[];
const { OK } = RESULT;
const STEPS_MOST = 10_000;
/** Recipes whose pairs need nothing but the two data roles of this bench. */
const HERE = ['track-mirror'];

/** Both data roles of a pair. What they ask each other arrives; what they ask their own cache is there; a copy never ends. */
class Two {
  readonly a: Path;
  readonly b: Path;
  /** What the operator was told last, and what a host's write got. */
  done: Message | undefined;
  written: Message | undefined;

  constructor(state: PairState, recipe: Recipe = recipeOf('track-mirror')) {
    const options = { recipe };
    this.a = source(state, options);
    this.b = target(options);
    this.b.set('battery.identity', 0, THEIRS);
    this.b.set('pair.known', 0, IDENTITY);
    this.b.set('pair.fed', 0, IDENTITY);
    const isOpen = this.a.get('session.open') !== 0;
    if (!isOpen) this.b.set('session.taking', 0, 0);
    if (state !== 'SSWS') this.b.set('pair.state', 0, PAIR_STATE[state]);
    if (state !== 'PAIR' && state !== 'SMPL') this.a.node.tracks.setFlags(1, 0, FLAG.M2_INV);
    if (state !== 'SMPL') return;
    for (const p of [this.a, this.b]) {
      p.set('pair.role', 0, PAIR_ROLE.NO_ROLE);
      p.set('session.agreed', 0, 1);
    }
  }

  /** Lets both go on as far as they can. */
  settle(): void {
    for (let steps = 0; this.#step(this.a, this.b) || this.#step(this.b, this.a); steps++)
      if (steps > STEPS_MOST) expect.fail(`no end after ${STEPS_MOST} messages`);
  }

  #step(p: Path, other: Path): boolean {
    const message = p.next();
    if (!message) return false;
    const { payload } = message;
    switch (message.kind.name) {
      case 'CALL': {
        const { what, a, b, c, d } = payload;
        other.receive('ASK', { what, volume: 0, a, b, c, d });
        let answer = other.next();
        while (answer && answer.kind.name !== 'ASKED') {
          this.#later.push([other, answer]);
          answer = other.next();
        }
        p.answer('ANSWER', answer?.payload ?? {}, message);
        for (const [path, posted] of this.#later.splice(0)) this.#handle(path, posted);
        break;
      }
      default:
        this.#handle(p, message);
    }
    return true;
  }

  readonly #later: [Path, Message][] = [];

  #handle(p: Path, message: Message): void {
    switch (message.kind.name) {
      case 'OFFER':
        p.receive('OFFER', message.payload);
        break;
      case 'GET':
        p.answer('GOT', { result: OK, slot: 1 }, message);
        break;
      case 'ADOPT':
        p.answer('ADOPTED', {}, message);
        break;
      case 'DONE':
        this.done = message;
        break;
      case 'WRITTEN':
        this.written = message;
        break;
      default: // SHIP: on its way for as long as the test lasts. GIVE, UNPIN, ENABLE: nobody answers
    }
  }

  /** Of the side that serves hosts; SMPL only if both sides are. */
  get state(): PairState {
    const sources = [this.a, this.b].filter((p) => p.get('pair.role') === PAIR_ROLE.SOURCE);
    expect(sources.length).toBeLessThanOrEqual(1);
    const numbers = (sources.length > 0 ? sources : [this.a, this.b]).map((p) => p.get('pair.state'));
    return STATES.find((s) => numbers.every((n) => n === PAIR_STATE[s])) ?? expect.fail(`states ${numbers}`);
  }

  /** Of all that the pair is. */
  get image(): number[] {
    const fields = ['pair.state', 'pair.role', 'pair.epoch', 'pair.known', 'session.open', 'session.agreed'] as const;
    return [this.a, this.b].flatMap((p) => fields.map((f) => p.get(f)));
  }
}

/** What happens; true unless it was refused. */
function happens(two: Two, event: PairEvent): boolean {
  const { a, b } = two;
  const command = (p: Path, kind: string, force = 0): boolean => {
    const takesForce = kind === 'CREATE' || kind === 'DELETE' || kind === 'FAILOVER';
    p.receive(kind, takesForce ? { volume: 0, force } : { volume: 0 });
    two.settle();
    return two.done?.payload.result === OK;
  };
  switch (event) {
    case 'create':
      return command(a, 'CREATE');
    case 'suspend':
      return command(a, 'SUSPEND');
    case 'resume':
      return command(a, 'RESUME');
    case 'delete':
      return command(a, 'DELETE');
    case 'failover':
      return command(b, 'FAILOVER');
    case 'failover --force':
      return command(b, 'FAILOVER', 1);
    case 'swap':
    case 'failback':
      return command(b, 'SWAP');
    case 'link down':
      for (const p of [a, b]) p.receive('PEER_DOWN');
      break;
    case 'link up':
      for (const p of [a, b]) p.receive('PEER_UP', { session: 2 });
      break;
    case 'host write':
      a.receive('WRITE', { volume: 0, track: 2, span: span(0, 1), at: a.transferAt, flags: 0 });
      break;
    case 'power on':
      for (const f of ['session.open', 'session.agreed', 'system.ready'] as const) a.set(f, 0, 0);
      a.receive('BOOT');
      break;
  }
  two.settle();
  return two.written?.payload.result !== RESULT.DOMINO_HELD;
}

/** A session that opens goes on from the state that the table names; this is where it then stands. */
const goesOn = (state: PairState | undefined): readonly (PairState | undefined)[] =>
  state === 'SSWS' ? ['SSWS', 'COPY', 'PAIR'] : [state];

/** Each of these recipes, by itself and with each of its choices. */
const CASES = HERE.flatMap((name) => {
  const file = new RecipeFile(openReference('recipe', name));
  return [[], ...file.choices.map((choice) => [choice])].map((chosen) => ({
    title: [name, ...chosen].join(', '),
    recipe: file.recipe(chosen),
    states: file.states(chosen),
  }));
});

describe.each(CASES.flatMap((one) => STATES.map((state) => ({ ...one, state }))))(
  '$title: a pair in $state',
  ({ recipe, states, state }) => {
    test.each(PAIR_EVENTS)('is as the table says after: %s', (event) => {
      const wanted = states[state][event];
      const two = new Two(state, recipe);
      const before = two.image;
      const isDone = happens(two, event);
      expect(isDone).toBe(wanted !== undefined);
      if (wanted === undefined) {
        expect(two.done?.payload.result).not.toBe(OK);
        expect(two.image).toEqual(before);
      } else {
        const takes = /failover|swap|failback/.test(event);
        expect(takes ? goesOn(wanted) : [wanted]).toContain(two.state);
        if (takes) expect([two.a, two.b].map((p) => p.get('pair.role'))).toEqual([PAIR_ROLE.TARGET, PAIR_ROLE.SOURCE]);
      }
    });
  },
);

describe('a host write', () => {
  test.each(STATES)('of a pair in %s is taken, and owed wherever the other side cannot have it', (state) => {
    const two = new Two(state);
    happens(two, 'host write');
    const isSent = state === 'PAIR' || state === 'COPY';
    expect(two.written?.payload.result).toBe(isSent ? undefined : OK);
    const owed = (two.a.node.tracks.flags(2) & (FLAG.M2_INV | FLAG.M2_WP)) !== 0;
    expect(owed).toBe(state !== 'SMPL');
  });
});

test('a suspension outlives link and power: the first session after a power on only says who serves', () => {
  const two = new Two('PSUS');
  happens(two, 'power on');
  expect(two.a.get('session.agreed')).toBe(0);
  happens(two, 'link up');
  expect([two.a.get('session.agreed'), two.a.get('session.open'), two.state]).toEqual([1, 0, 'PSUS']);
  expect(two.a.get('pair.epoch')).toBe(EPOCH + 1);
});

test('a domino pair goes on as any other at all that is no host write', () => {
  for (const state of STATES) {
    for (const event of PAIR_EVENTS.filter((e) => !/write/.test(e))) {
      const [plain, domino] = [new Two(state), new Two(state, recipeOf('track-mirror', ['domino']))];
      expect(happens(domino, event)).toBe(happens(plain, event));
      expect(domino.image).toEqual(plain.image);
    }
  }
});
