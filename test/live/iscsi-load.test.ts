/** The load generator for iSCSI, against a target that nobody here wrote: what it counts is what was asked of it. */
import { expect } from 'vitest';
import { loadProgram, NotInstalledError, runLoad } from '../../tools/bench/iscsi-load.js';
import { startTgtd, type Tgtd, type TgtdUnit } from '../../tools/bench/iscsi-peers.js';
import { run, withClients } from './clients.js';

/** The package of the headers stands for them: `withClients` does not find it where they are missing. */
async function missingHeaders(): Promise<string[]> {
  try {
    await loadProgram();
    return [];
  } catch (error) {
    if (error instanceof NotInstalledError) return ['libiscsi-dev'];
    throw error;
  }
}

const CLIENTS = ['tgtd', 'cc', ...(await missingHeaders())];
const UNIT: TgtdUnit = { name: 'tgtd', backing: 'rdwr', bytes: 16 << 20 };

async function withTarget(unit: TgtdUnit, body: (target: Tgtd, url: string) => Promise<void>): Promise<void> {
  const target = await startTgtd(unit);
  try {
    await body(target, target.uri(String(target.lun)));
  } finally {
    await target.stop();
  }
}

withClients(CLIENTS, 'the load generator counts what the target answered, command by command', () =>
  withTarget(UNIT, async (_, url) => {
    const report = await runLoad(url, ['--rw', 'randwrite', '--block', '8192', '--depth', '7', '--count', '500']);
    expect(report).toMatchObject({ ios: 500, bytes: 500 * 8192, errors: 0 });
    expect(report.seconds).toBeGreaterThan(0);
    expect(report.p50_us).toBeGreaterThan(0);
    expect(report.p99_us).toBeGreaterThanOrEqual(report.p50_us);
  }),
);

withClients(CLIENTS, 'the load generator counts each status but GOOD as an error', () =>
  withTarget({ ...UNIT, isReadOnly: true }, async (_, url) => {
    expect(await runLoad(url, ['--rw', 'write', '--depth', '4', '--count', '64'])).toMatchObject({
      ios: 0,
      errors: 64,
    });
    expect(await runLoad(url, ['--rw', 'read', '--depth', '4', '--count', '64'])).toMatchObject({ ios: 64, errors: 0 });
  }),
);

withClients(CLIENTS, 'the load generator writes its range and no more', () =>
  withTarget(UNIT, async (target, url) => {
    await runLoad(url, ['--rw', 'write', '--first', '1048576', '--range', '65536', '--count', '16', '--seed', '3']);
    const { stdout } = await run('qemu-img', ['map', '--output=json', '-f', 'raw', target.file]);
    const data = (JSON.parse(stdout) as { start: number; length: number; data: boolean }[]).filter((e) => e.data);
    expect(data.map(({ start, length }) => [start, length])).toEqual([[1_048_576, 65_536]]);
  }),
);

withClients(CLIENTS, 'the load generator says so when there is no session', () =>
  withTarget(UNIT, async ({ uri }) => {
    await expect(runLoad(uri('9'), ['--rw', 'read', '--count', '1'])).rejects.toThrow(/no session/);
  }),
);

withClients(CLIENTS, 'the load generator says so when the target dies, before the log-in or under load', () =>
  withTarget(UNIT, async (target, url) => {
    const running = runLoad(url, ['--rw', 'randwrite', '--depth', '8', '--seconds', '60']);
    const ended = expect(running).rejects.toThrow(/no session|the session was lost/);
    await target.stop();
    await ended;
  }),
);
