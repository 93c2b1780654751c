/** Who may log in to an array's iSCSI target, by clients that nobody here wrote; what they see then: iscsi-masks.test.ts. */
import { chmodSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { start } from '../../tools/bench/children.js';
import { run, TIMEOUT_MS, withClients } from './clients.js';
import { Bench, eventually, type ServeProcess } from './pair-harness.js';

const HOST = 'iqn.2026-11.example.host:one';
const OTHER = 'iqn.2026-11.example.host:two';
const SECRETS = { 'host.secret': 'a-secret-of-hosts', 'array.secret': 'a-secret-of-arrays' };
const BYTES = 4 * 1024 * 1024;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

/** Its path. One initiator has the second volume as LUN 3, and proves itself. */
function rig(): string {
  for (const [name, secret] of Object.entries(SECRETS)) writeFileSync(bench.file(name), secret, { mode: 0o600 });
  const chap = {
    user: 'host',
    secret_file: 'host.secret',
    mutual_user: 'array',
    mutual_secret_file: 'array.secret',
  };
  const array = {
    name: 'A',
    profile: 'dmx',
    volumes: ['data0', 'data1'].map((name) => ({ name, size_bytes: BYTES })),
    hosts: [{ name: 'one', initiators: [HOST], luns: { 3: 'data1' }, chap }],
  };
  const path = bench.file('rig.json');
  writeFileSync(path, JSON.stringify({ arrays: [array] }));
  return path;
}

/** As clients on libiscsi take it. */
function url(served: ServeProcess, lun: number, secret = SECRETS['host.secret']): string {
  const { portal, iqn } = served.iscsi('A');
  const mutual = `target_user=array&target_password=${SECRETS['array.secret']}`;
  return `iscsi://host%${secret}@${portal}/${iqn}/${lun}?${mutual}`;
}

const inquire = (url: string, initiator = HOST) => run('iscsi-inq', ['-i', initiator, url]);

withClients(['iscsi-inq'], 'an initiator that proves itself sees its volume', async () => {
  const served = await bench.serve(rig());
  expect((await inquire(url(served, 3))).stdout).toMatch(/Qualifier:CONNECTED/i);
});

withClients(['iscsi-inq'], 'who has the wrong secret or another name is refused', async () => {
  const served = await bench.serve(rig());
  await expect(inquire(url(served, 3, 'not-the-secret-at-all'))).rejects.toThrow(/login|auth/i);
  await expect(inquire(url(served, 3), OTHER)).rejects.toThrow(/login|auth|forbidden/i);
});

withClients(['iscsi-perf'], 'ctl hosts shows a session while it is open, with what goes over it', async () => {
  const served = await bench.serve(rig());
  const client = start('iscsi-perf', 'iscsi-perf', ['-i', HOST, '-b', '8', '-m', '4', '-t', '60', url(served, 3)]);
  try {
    const [host] = await eventually(
      'a session that reads',
      async () => (await bench.told('hosts A')) as Record<string, unknown>[],
      (hosts) => hosts.length === 1 && Number(hosts[0].readBytesPerSecond) > 0,
    );
    expect(host).toMatchObject({ array: 'A', initiator: HOST, group: 'one', kind: 'normal', written_bytes: 0 });
    expect(JSON.stringify(host)).not.toContain('secret');
  } finally {
    client.process.kill('SIGKILL');
  }
  await eventually(
    'no session',
    () => bench.told('hosts'),
    (hosts) => (hosts as unknown[]).length === 0,
  );
});

test('a secret that others can read is refused at the start', { timeout: TIMEOUT_MS }, async () => {
  const path = rig();
  chmodSync(bench.file('array.secret'), 0o644);
  const args = ['dist/tools/cli/main.js', 'serve', path, '--port-base', '0'];
  await expect(run(process.execPath, args)).rejects.toThrow(
    /array\.secret: others than its owner have access \(mode 644\); it must be 600/,
  );
});
