import { describe, expect, test } from 'vitest';
import { HANDLER, RECEIVER } from '../../../firmware/engine/wiring.js';
import {
  D_PAYLOAD,
  DESCRIPTOR_WORDS,
  KIND,
  KINDS,
  type Kind,
  kindByName,
  MICROCODED_ROLES,
  PAYLOAD_WORDS,
  ROLES,
  roleNumber,
  TASK_CLASSES,
} from '../../../firmware/ports/messages.js';
import { imageOf } from '../../harness/images.js';

const all = KINDS.slice(1);
const requests = all.filter((k) => k.reply);
const replies = all.filter((k) => k.isReply);
const oneWay = all.filter((k) => !k.reply && !k.isReply);
const replyOf = (k: Kind): Kind => kindByName(k.reply ?? '') as Kind;
const hearer = (k: Kind): string => k.handler ?? k.to;

describe('the table of messages', () => {
  test('numbers kinds in order, below 256, and every name finds its kind', () => {
    expect(KINDS.map((k) => k.id)).toEqual(KINDS.map((_, i) => i));
    expect(KINDS.length).toBeLessThan(256);
    for (const k of all) expect(KIND[k.name as keyof typeof KIND]).toBe(k.id);
    expect(kindByName('NONE')).toBeUndefined();
    expect(kindByName('NOTHING')).toBeUndefined();
  });

  test('has each reply for some request, sent back by who was asked to who asked', () => {
    for (const k of requests) {
      const reply = replyOf(k);
      expect(reply?.isReply, `${k.name} → ${k.reply}`).toBe(true);
      if (k.handler) continue;
      expect(reply.from, reply.name).toContain(k.to);
      expect(k.from, k.name).toContain(reply.to);
    }
    for (const k of replies)
      expect(
        requests.some((r) => r.reply === k.name),
        k.name,
      ).toBe(true);
  });

  test('has a bound for every one-way kind, and none for requests and replies', () => {
    for (const k of oneWay) expect(k.bound, k.name).toBeDefined();
    for (const k of [...requests, ...replies]) expect(k.bound, k.name).toBeUndefined();
  });

  test('has a class for what starts a task of a role, and none for replies', () => {
    for (const k of [...requests, ...oneWay]) {
      const starts = MICROCODED_ROLES.some((r) => r === hearer(k));
      expect(k.class !== undefined, k.name).toBe(starts);
      if (k.class && k.class !== 'inherit') expect(TASK_CLASSES).toContain(k.class);
    }
    for (const k of replies) expect(k.class, k.name).toBeUndefined();
  });

  test('has releases and completions in a class that never waits, so that none stands behind a request for it', () => {
    for (const name of ['GIVE', 'UNPIN', 'CLEAN', 'CREDIT', 'DESTAGED', 'PUSHED', 'FAR_CREDIT'] as const) {
      expect(KINDS[KIND[name]]?.class, name).toBe('completion');
    }
  });

  test('has payloads that fit a descriptor, with fields of different names', () => {
    for (const k of all) {
      expect(k.fields.length, k.name).toBeLessThanOrEqual(PAYLOAD_WORDS);
      expect(new Set(k.fields).size, k.name).toBe(k.fields.length);
    }
    expect(D_PAYLOAD + PAYLOAD_WORDS).toBeLessThanOrEqual(DESCRIPTOR_WORDS);
  });

  test('has a receiver for every kind, and across the link the remote role as its handler', () => {
    for (const k of all) {
      expect(ROLES[RECEIVER[k.id] as number], k.name).toBe(k.to);
      expect(ROLES[HANDLER[k.id] as number], k.name).toBe(hearer(k));
      if (k.handler)
        expect([k.handler, k.to, [...k.from].sort()]).toEqual(['remote', 'linkPort', ['linkPort', 'remote']]);
    }
  });

  test('has a handler in the image of the role that hears it, for every kind that starts a task', () => {
    for (const role of MICROCODED_ROLES) {
      const { handlers } = imageOf(role);
      for (const k of all) {
        const handled = (handlers[k.id] as number) >= 0;
        const wanted = hearer(k) === role && !k.isReply;
        expect(handled, `${role}: ${k.name}`).toBe(wanted);
      }
    }
  });

  test('counts the roles that run microcode first', () => {
    expect(MICROCODED_ROLES.map(roleNumber)).toEqual([0, 1, 2, 3, 4]);
  });
});
