/** States in which the paths of this folder begin. */
import { LINKS_MAX, PAIR_STATE, VOLUME_STATE } from '../../firmware/memory/constants.js';
import type { BenchOptions } from '../harness/bench-array.js';
import { type Path, path } from '../harness/path.js';

export const EPOCH = 3;
/** The volume's number at the other array, unlike its own. */
export const PEER = 7;
/** Memory of the other array, and of this one. */
export const THEIRS = 77;
export const OURS = 55;
/** The first wire of link 0. */
export const WIRE = LINKS_MAX;

/** A data role whose volumes serve hosts. */
export function data(options: BenchOptions = {}): Path {
  const p = path('data', options);
  p.machine.config.volumes.forEach((_, v) => {
    p.set('volume.state', v, VOLUME_STATE.VOLUME_READY);
  });
  return p;
}

/** The data role of the side that serves hosts, both sides agreed, in session 3; in PAIR and COPY it is open. */
export function source(state: keyof typeof PAIR_STATE = 'PAIR', options: BenchOptions = {}): Path {
  const p = data({ volumes: [{ tracks: 4, pair: 'source', peer: PEER }], mapped: true, ...options });
  p.set('pair.state', 0, PAIR_STATE[state]);
  p.set('pair.epoch', 0, EPOCH);
  p.set('session.open', 0, state === 'PAIR' || state === 'COPY' ? 1 : 0);
  p.set('session.agreed', 0, 1);
  p.set('pair.known', 0, THEIRS);
  return p;
}

/** The data role of the other side, in session 3. */
export function target(options: BenchOptions = {}): Path {
  const p = data({ volumes: [{ tracks: 4, pair: 'target', peer: PEER }], ...options });
  p.set('pair.state', 0, PAIR_STATE.PAIR);
  p.set('pair.epoch', 0, EPOCH);
  p.set('session.taking', 0, EPOCH);
  p.set('pair.known', 0, THEIRS);
  p.set('pair.fed', 0, THEIRS);
  return p;
}

/** A cache role that has adopted its slots: all are empty. */
export function cache(options: BenchOptions = {}): Path {
  const p = path('cache', options);
  p.receive('ADOPT');
  p.expectReply('ADOPTED');
  p.expectDone();
  return p;
}

/** A remote role that both sides have greeted; the other side gave `credits`. */
export function remote(credits: number): Path {
  const p = path('remote');
  p.receive('LINK_UP', { wire: WIRE });
  p.receive('ENABLE', { identity: OURS });
  p.expect('linkPort', 'HELLO', { wire: WIRE, identity: OURS });
  p.receive('HELLO', { credits, wire: WIRE, identity: THEIRS });
  p.expect('data', 'PEER_UP', { session: WIRE });
  p.expectDone();
  return p;
}
