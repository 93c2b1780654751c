import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortMail, Wiring } from '../../../firmware/engine/wiring.js';
import { busyAt } from '../../../firmware/memory/layout.js';
import { D_PAYLOAD, KIND, ROLES, roleNumber } from '../../../firmware/ports/messages.js';
import { placementOf, SERVICE } from '../../../firmware/runtime/live/placement.js';
import { ArrayTables } from '../../../firmware/runtime/machine/tables.js';
import { loadRig } from '../../../firmware/service/rig.js';

const HOST_PORT = roleNumber('hostPort');
const CHANNEL = roleNumber('channel');
const DATA = roleNumber('data');

/** An array's memory with power, placed, and the wiring of its directors. */
function placed(name: 'dedicated' | 'fused'): { tables: ArrayTables; wiring: (director: number) => Wiring } {
  const [config] = loadRig('tiny-simplex').arrays;
  const layout = ArrayTables.layoutFor(config);
  const tables = new ArrayTables(config, layout, new SharedArrayBuffer(layout.bytes));
  tables.powerOn(placementOf(name));
  return { tables, wiring: (director) => new Wiring(tables.memory, director) };
}

describe('what a node sends', () => {
  it('to a node of its own director is there at once', () => {
    const wiring = placed('fused').wiring(0);
    new PortMail(wiring, HOST_PORT).post(KIND.COMMAND);
    expect(wiring.pending(CHANNEL)).toBe(1 << HOST_PORT);
    expect(wiring.waiting(HOST_PORT, CHANNEL)).toBe(1);
  });

  it('to a node of another director is there when it was published and listened to, not before', () => {
    const { wiring } = placed('dedicated');
    const [service, data] = [wiring(SERVICE), wiring(DATA)];
    new PortMail(service, SERVICE).ask(KIND.BOOT, 7);
    data.listen();
    expect(data.pending(DATA)).toBe(0);
    service.publish();
    expect(data.pending(DATA)).toBe(0);
    data.listen();
    expect(data.pending(DATA)).toBe(1 << SERVICE);
  });

  it('wakes the bell of the receiver alone', () => {
    const { wiring } = placed('dedicated');
    const [service, data, cache] = [wiring(SERVICE), wiring(DATA), wiring(roleNumber('cache'))];
    new PortMail(service, SERVICE).ask(KIND.BOOT, 7);
    service.publish();
    expect(cache.bell.take()).toBe(0);
    expect(data.bell.take()).toBe(1 << DATA);
    expect(data.bell.take()).toBe(0);
  });

  it('comes in order, once, whatever is published, listened to and taken in between', () => {
    const steps = fc.array(fc.constantFrom('push', 'publish', 'listen', 'take'), { maxLength: 200 });
    fc.assert(
      fc.property(steps, (order) => {
        const { tables, wiring } = placed('dedicated');
        const { m } = tables.memory;
        const [service, data] = [wiring(SERVICE), wiring(DATA)];
        const mail = new PortMail(service, SERVICE);
        let sent = 0;
        const came: number[] = [];
        const take = (most: number): void => {
          if (data.pending(DATA) === 0) return;
          const n = Math.min(most, data.waiting(SERVICE, DATA));
          for (let i = 0; i < n; i++) came.push(m[(data.rings[SERVICE * ROLES.length + DATA]?.at(i) ?? 0) + D_PAYLOAD]);
          data.release(SERVICE, DATA, n);
        };
        for (const step of order) {
          if (step === 'push' && sent - came.length < 16) m[mail.ask(KIND.FAILOVER, 1) + D_PAYLOAD] = sent++;
          else if (step === 'publish') service.publish();
          else if (step === 'listen') data.listen();
          else if (step === 'take') take(3);
        }
        service.publish();
        data.listen();
        take(Number.POSITIVE_INFINITY);
        expect(came).toEqual(Array.from({ length: sent }, (_, i) => i));
        expect(data.pending(DATA)).toBe(0);
        expect(m[busyAt(SERVICE)]).toBe(0);
      }),
    );
  });

  it('comes in order, once, wherever sender and receiver go meanwhile', () => {
    const CACHE = roleNumber('cache');
    const steps = fc.array(
      fc.oneof(
        fc.constantFrom('push', 'push', 'publish', 'listen', 'take'),
        fc.tuple(fc.constantFrom(DATA, CACHE), fc.constantFrom(0, 1, 2)),
      ),
      { maxLength: 300 },
    );
    fc.assert(
      fc.property(steps, (order) => {
        const { tables, wiring } = placed('fused');
        const { m } = tables.memory;
        const directors = [0, 1, 2].map(wiring);
        const of = (node: number): Wiring => directors[tables.get('node', 'director', node)];
        let sent = 0;
        const came: number[] = [];
        const take = (most: number): void => {
          const to = of(CACHE);
          if ((to.pending(CACHE) & (1 << DATA)) === 0) return;
          const n = Math.min(most, to.waiting(DATA, CACHE));
          for (let i = 0; i < n; i++) came.push(m[(to.rings[DATA * ROLES.length + CACHE]?.at(i) ?? 0) + D_PAYLOAD]);
          to.release(DATA, CACHE, n);
        };
        for (const step of order) {
          if (step === 'push' && sent - came.length < 16)
            m[of(DATA).push(DATA, CACHE, KIND.GET, 1, 0) + D_PAYLOAD] = sent++;
          else if (step === 'publish') of(DATA).publish();
          else if (step === 'listen') of(CACHE).listen();
          else if (step === 'take') take(3);
          else if (typeof step !== 'string') {
            // As at a standstill: each director has published what it sent, then all rings are shown.
            for (const director of directors) director.publish();
            directors[0].showAll();
            tables.set('node', 'director', step[0], step[1]);
            for (const director of directors) director.place();
            // Whoever has something to do is awake.
            if (sent > came.length) expect(m[of(CACHE).busy] & (1 << CACHE)).not.toBe(0);
          }
        }
        of(DATA).publish();
        of(CACHE).listen();
        take(Number.POSITIVE_INFINITY);
        expect(came).toEqual(Array.from({ length: sent }, (_, i) => i));
        expect(of(CACHE).pending(CACHE)).toBe(0);
      }),
    );
  });
});
