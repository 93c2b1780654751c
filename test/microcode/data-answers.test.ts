/** What a question of the other side changes here and is answered, field by field. */
import { expect, test } from 'vitest';
import { FLAG, PAIR_ROLE, PAIR_STATE, QUESTION, RESULT, VOLUME_STATE } from '../../firmware/memory/constants.js';
import { IDENTITY } from '../harness/bench-array.js';
import type { Message } from '../harness/messages.js';
import type { Path } from '../harness/path.js';
import { EPOCH, source, THEIRS, target } from './fixtures.js';

const { OK, REFUSED, WRONG_STATE, BUSY, HOLDS_DATA, SIMPLEX, OLD_EPOCH } = RESULT;
const { ASK_OPEN, ASK_STATE, ASK_YIELD, ASK_LIST, ASK_CREATE, ASK_DELETE } = QUESTION;
const { SMPL, COPY, PAIR, PSUS } = PAIR_STATE;
const { NO_ROLE, TARGET } = PAIR_ROLE;
const STRANGER = 555;
const { VOLUME_READY, VOLUME_UNKNOWN } = VOLUME_STATE;

/** Everything that a question may change. */
const FIELDS = [
  'pair.state',
  'pair.role',
  'pair.epoch',
  'pair.known',
  'pair.fed',
  'pair.union',
  'session.open',
  'session.taking',
  'session.agreed',
  'session.foreign',
  'volume.state',
] as const;
type Fields = Partial<Record<(typeof FIELDS)[number], number>>;
const all = (p: Path): Fields => Object.fromEntries(FIELDS.map((f) => [f, p.get(f)]));

/** Asks, and holds the role to what changes: no other field of the pair does. */
function asked(
  p: Path,
  question: Record<string, number>,
  answer: Record<string, number>,
  changes: Fields = {},
): Message {
  const before = all(p);
  p.receive('ASK', { volume: 0, ...question });
  const reply = p.expectReply('ASKED', answer);
  expect(all(p)).toEqual({ ...before, ...changes });
  p.expectDone();
  return reply;
}

/** Neither side's pair yet. */
function simplex(): Path {
  const p = source('SMPL', { mapped: false });
  p.set('pair.role', 0, NO_ROLE);
  return p;
}

test.each([
  ['COPY', COPY, COPY],
  ['PSUS', PSUS, PSUS],
] as const)(
  'a session that is opened in %s: this side is the target of its epoch, and says which memories are here',
  (_, b, state) => {
    const p = target();
    p.set('session.open', 0, 1);
    p.set('session.agreed', 0, 1);
    asked(
      p,
      { what: ASK_OPEN, a: EPOCH + 4, b, c: THEIRS, d: IDENTITY },
      { result: OK, a: EPOCH + 4, b: IDENTITY, c: THEIRS },
      {
        'pair.state': state,
        'pair.epoch': EPOCH + 4,
        'session.open': 0,
        'session.taking': EPOCH + 4,
        'session.agreed': 0,
      },
    );
  },
);

test('a session that is opened by one whose list is of another memory: this one is no longer as formatted, and knows nobody', () => {
  const p = target();
  p.set('pair.known', 0, STRANGER);
  asked(
    p,
    { what: ASK_OPEN, a: EPOCH + 1, b: COPY, c: THEIRS, d: STRANGER },
    { result: OK, b: IDENTITY, c: IDENTITY },
    { 'pair.state': COPY, 'pair.epoch': EPOCH + 1, 'pair.known': IDENTITY, 'session.taking': EPOCH + 1 },
  );
});

test('no session is opened in an epoch that is not newer, with a volume of no pair, or by nobody', () => {
  asked(target(), { what: ASK_OPEN, a: EPOCH, b: COPY, c: THEIRS }, { result: OLD_EPOCH, a: EPOCH });
  asked(simplex(), { what: ASK_OPEN, a: EPOCH + 1, b: COPY, c: THEIRS }, { result: SIMPLEX });
  asked(target(), { what: ASK_OPEN, a: EPOCH + 1, b: COPY, c: 0 }, { result: REFUSED });
});

test('the state that the source says is this one’s; in PAIR its memory is known from then on, and hosts may read', () => {
  const p = target();
  p.set('pair.fed', 0, STRANGER);
  asked(p, { what: ASK_STATE, a: EPOCH, b: PSUS }, { result: OK }, { 'pair.state': PSUS });
  p.set('volume.state', 0, VOLUME_UNKNOWN);
  asked(p, { what: ASK_STATE, a: EPOCH, b: COPY }, { result: OK }, { 'pair.state': COPY });
  asked(
    p,
    { what: ASK_STATE, a: EPOCH, b: PAIR },
    { result: OK },
    { 'pair.state': PAIR, 'pair.known': STRANGER, 'volume.state': VOLUME_READY },
  );
});

test('the state of another epoch, or without a session, is refused', () => {
  asked(target(), { what: ASK_STATE, a: EPOCH + 1, b: PSUS }, { result: REFUSED });
  const p = target();
  p.set('session.taking', 0, 0);
  asked(p, { what: ASK_STATE, a: 0, b: PSUS }, { result: REFUSED });
});

test('hosts may not read a volume whose state is of another kind than unknown only because it is in PAIR', () => {
  const p = target();
  p.set('volume.state', 0, 0);
  asked(p, { what: ASK_STATE, a: EPOCH, b: PAIR }, { result: OK });
});

test('a source in PAIR yields in the epoch that both know, and would know of it', () => {
  asked(
    source(),
    { what: ASK_YIELD, a: EPOCH, c: THEIRS, d: IDENTITY },
    { result: OK },
    { 'pair.state': COPY, 'pair.role': TARGET, 'pair.epoch': EPOCH + 1, 'session.open': 0, 'session.agreed': 0 },
  );
});

test('a source does not yield when it owes, has no session, or is in another epoch: it says its state and its debts', () => {
  const owes = source('COPY');
  owes.node.tracks.setFlags(2, 0, FLAG.M2_INV);
  asked(owes, { what: ASK_YIELD, a: EPOCH, c: THEIRS, d: IDENTITY }, { result: REFUSED, a: COPY, b: 1 });
  const closed = source();
  closed.set('session.open', 0, 0);
  asked(closed, { what: ASK_YIELD, a: EPOCH, c: THEIRS, d: IDENTITY }, { result: REFUSED, a: PAIR, b: 0 });
  asked(source(), { what: ASK_YIELD, a: EPOCH - 1, c: THEIRS, d: IDENTITY }, { result: REFUSED, a: PAIR, b: 0 });
});

test('the list of a target is told track by track, and forgotten as far as the other side has it', () => {
  const p = target();
  for (const t of [0, 1, 3]) p.node.tracks.setFlags(t, 0, t === 1 ? FLAG.M2_WP : FLAG.M2_INV);
  asked(p, { what: ASK_LIST, a: 0 }, { result: OK, a: 0 });
  asked(p, { what: ASK_LIST, a: 1 }, { result: OK, a: 1 });
  expect([0, 1, 3].map((t) => p.flags(0, t))).toEqual(['none', 'M2_WP', 'M2_INV']);
  asked(p, { what: ASK_LIST, a: 2 }, { result: OK, a: 3 });
  asked(p, { what: ASK_LIST, a: 4 }, { result: OK, a: -1 });
  expect([0, 1, 3].map((t) => p.flags(0, t))).toEqual(['none', 'none', 'none']);
  asked(source(), { what: ASK_LIST, a: 0 }, { result: REFUSED });
});

const GIVEN: Fields = {
  'pair.state': COPY,
  'pair.role': TARGET,
  'pair.fed': STRANGER,
  'pair.known': IDENTITY,
  'session.agreed': 0,
  'session.open': 0,
  'session.taking': 0,
  'session.foreign': 0,
  'volume.state': VOLUME_UNKNOWN,
};

test('a volume that is given up for a pair is the target of the side that asks, and nobody reads it', () => {
  const p = simplex();
  for (const f of ['open', 'taking', 'foreign'] as const) p.set(`session.${f}`, 0, 1);
  asked(p, { what: ASK_CREATE, b: 0, c: STRANGER }, { result: OK, a: EPOCH }, GIVEN);
});

test('a volume with data is given up with force only', () => {
  const p = simplex();
  p.node.tracks.setFlags(1, 0, FLAG.WRITTEN);
  asked(p, { what: ASK_CREATE, b: 0, c: STRANGER }, { result: HOLDS_DATA });
  asked(p, { what: ASK_CREATE, b: 1, c: STRANGER }, { result: OK, a: EPOCH }, GIVEN);
});

test('a volume of a pair is given up to the memory that it was given to before, and to no other', () => {
  asked(source(), { what: ASK_CREATE, b: 1, c: THEIRS }, { result: WRONG_STATE });
  asked(target(), { what: ASK_CREATE, b: 1, c: STRANGER }, { result: WRONG_STATE });
  asked(target(), { what: ASK_CREATE, b: 1, c: THEIRS }, { result: OK }, { ...GIVEN, 'pair.fed': THEIRS });
});

test('a volume of which an operator makes a pair here is not given up, nor to nobody', () => {
  const p = simplex();
  p.set('session.busy', 0, 1);
  asked(p, { what: ASK_CREATE, b: 1, c: STRANGER }, { result: BUSY });
  asked(simplex(), { what: ASK_CREATE, b: 1, c: 0 }, { result: REFUSED });
});

test('a pair that is deleted over there is none here; deleting it twice changes nothing', () => {
  const p = source('PSUE');
  for (const f of ['pair.union', 'session.foreign', 'session.taking'] as const) p.set(f, 0, 1);
  p.receive('ASK', { what: ASK_DELETE, volume: 0 });
  p.expect('data', 'OFFER', { volume: 0 });
  p.expectReply('ASKED', { result: OK });
  expect(p.get('pair.state')).toBe(SMPL);
  expect(all(p)).toMatchObject({
    'pair.role': NO_ROLE,
    'pair.known': IDENTITY,
    'pair.epoch': EPOCH + 1,
    'pair.union': 0,
  });
  expect(all(p)).toMatchObject({ 'session.open': 0, 'session.taking': 0, 'session.agreed': 1, 'session.foreign': 0 });
  asked(simplex(), { what: ASK_DELETE }, { result: OK });
});
