import { describe, expect, it } from 'vitest';
import type { ServiceMessage } from '../../../../adapters/link/tcp/service-channel.js';
import { PeerService } from '../../../../firmware/runtime/live/peer-service.js';
import type { RemoteRequest } from '../../../../firmware/runtime/live/system.js';

const STATUS: RemoteRequest = { method: 'GET', path: '/v1/status' };

/** Two service processors, and what they send; while the link is down that is lost. */
function joined(bIsOpen = true): { a: PeerService; b: PeerService; sent: ServiceMessage[]; link: { down?: string } } {
  const link: { down?: string } = {};
  const sent: ServiceMessage[] = [];
  const send = (to: () => PeerService) => (message: ServiceMessage) => {
    sent.push(message);
    if (link.down === undefined) setImmediate(() => to().heard(message));
  };
  const down = () => link.down;
  const a: PeerService = new PeerService({ array: 'A', peer: 'B', isOpen: true, down, send: send(() => b) });
  const b: PeerService = new PeerService({ array: 'B', peer: 'A', isOpen: bIsOpen, down, send: send(() => a) });
  return { a, b, sent, link };
}

describe('a service processor', () => {
  it('answers that of the other array, each request by its own answer', async () => {
    const { a, b } = joined();
    b.handler = async ({ method, path, body }) => ({ status: 200, body: `${method} ${path} ${JSON.stringify(body)}` });
    const answers = await Promise.all([
      a.ask(STATUS),
      a.ask({ method: 'POST', path: '/v1/directors/B:ca1/role', body: { role: 'disk' } }),
    ]);
    expect(answers.map(({ body }) => body)).toEqual([
      'GET /v1/status undefined',
      'POST /v1/directors/B:ca1/role {"role":"disk"}',
    ]);
  });

  it('refuses by its rig, before it is ready, and what is no request; an error of its own is an answer', async () => {
    const closed = joined(false);
    closed.b.handler = async () => ({ status: 200, body: 'never' });
    expect(await closed.a.ask(STATUS)).toEqual({
      status: 403,
      body: { error: 'array B takes no orders over its link: remote_service is false in its rig' },
    });
    const { a, b, sent } = joined();
    expect(await a.ask(STATUS)).toMatchObject({ status: 409, body: { error: expect.stringContaining('not ready') } });
    b.handler = async () => {
      throw new Error('division by zero');
    };
    expect(await a.ask(STATUS)).toMatchObject({ status: 500, body: { error: 'division by zero' } });
    b.heard({ id: 9, isAnswer: false, bytes: Buffer.from('{"method":"DELETE","path":"/"}') });
    await new Promise((resolve) => setImmediate(resolve));
    expect(Buffer.from(sent.at(-1)?.bytes ?? []).toString()).toContain('got a request that is none');
  });

  it('says at once that the link is down, and when it goes before the answer; a late answer is nobody’s', async () => {
    const { a, b, link } = joined();
    let answer = (): void => undefined;
    b.handler = () =>
      new Promise((resolve) => {
        answer = () => resolve({ status: 200, body: 'late' });
      });
    const asked = a.ask(STATUS);
    await new Promise((resolve) => setTimeout(resolve, 5));
    a.severed('the link is down: cut');
    await expect(asked).rejects.toThrow('array B cannot be asked over the link of array A: the link is down: cut');
    answer();
    await new Promise((resolve) => setTimeout(resolve, 5));
    link.down = 'the link is held down';
    await expect(a.ask(STATUS)).rejects.toThrow('the link is held down');
  });

  it('keeps to a few requests at a time', async () => {
    const { a } = joined();
    const waiting = [1, 2, 3, 4].map(() => a.ask(STATUS));
    await expect(a.ask(STATUS)).rejects.toThrow('array B has not answered 4 requests yet');
    a.severed('cut');
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
    const again = a.ask(STATUS);
    expect(await again).toMatchObject({ status: 409 });
  });
});
