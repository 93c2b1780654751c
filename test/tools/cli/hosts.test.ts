import { describe, expect, it } from 'vitest';
import { type HostsLook, hostsText, rated } from '../../../tools/cli/ctl/hosts.js';
import { StandIn } from '../../firmware/service/http/stand-in.js';

const look = async (system: StandIn, time_ms: number): Promise<HostsLook> => ({ time_ms, hosts: await system.hosts() });

describe('a session of a host', () => {
  it('has rates from two looks', async () => {
    const system = new StandIn({ arrays: ['A'] });
    const before = await look(system, 1000);
    const hosts = rated(await look(system, 1500), before);
    expect(hosts).toMatchObject([
      { commands: 20, commandsPerSecond: 20, readBytesPerSecond: 81_920, writtenBytesPerSecond: 0 },
    ]);
    expect(hostsText(hosts)).toMatch(/ header +20 +20 +80\.0 KiB +0\.1 +512 B +0\.0 +3\n$/);
  });

  it('has none when it began between the two', async () => {
    const system = new StandIn({ arrays: ['A'] });
    const before = await look(system, 1000);
    const { hosts } = await look(system, 2000);
    const anew = hosts.map((host) => ({ ...host, since: '2026-11-21T08:17:00.000Z' }));
    expect(rated({ time_ms: 2000, hosts: anew }, before)).toMatchObject([
      { commandsPerSecond: null, readBytesPerSecond: null, writtenBytesPerSecond: null },
    ]);
  });

  it('is told of as none when there is none', () => {
    expect(hostsText([])).toBe('no host is logged in by iSCSI\n');
  });
});
