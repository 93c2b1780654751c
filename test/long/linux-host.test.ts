/** A Linux kernel as the host, in a machine of QEMU's: the distribution's kernel with its own open-iscsi. `npm run long`. */
import { afterAll, beforeAll, expect } from 'vitest';
import { isInstalled } from '../../tools/bench/children.js';
import { startTgtd } from '../../tools/bench/iscsi-peers.js';
import { expectIdentical, withClients } from '../live/clients.js';
import { Bench, eventually, untilClean, untilPaired } from '../live/pair-harness.js';
import { Guest } from './linux-host/guest.js';
import { type Image, makeImage } from './linux-host/image.js';
import { IscsiHost } from './linux-host/iscsi-host.js';

/** The machine, and where its kernel and programs come from. */
const CLIENTS = ['qemu-system-x86_64', 'apt-get', 'dpkg-deb'];
const LIMIT_MS = 900_000;
const VOLUME_BYTES = 64 * 1024 * 1024;
const CHAP = { user: 'linux', secret: 'open-sesame-12' };

let bench: Bench;
let image: Image;

beforeAll(() => {
  bench = new Bench();
  if (CLIENTS.every(isInstalled)) image = makeImage(bench.folder);
});
afterAll(() => bench.close());

async function withGuest(body: (guest: Guest) => Promise<void>): Promise<void> {
  const guest = await Guest.boot(image, bench.folder);
  try {
    await body(guest);
  } finally {
    await guest.stop();
  }
}

withClients(
  [...CLIENTS, 'tgtd'],
  'a Linux host keeps files on a target that nobody here wrote, so what it is asked here is right',
  async () => {
    const peer = await startTgtd({ name: 'tgtd', backing: 'rdwr', bytes: VOLUME_BYTES, chap: CHAP, hasDigests: true });
    try {
      await withGuest(async (guest) => {
        const host = new IscsiHost(guest, { iqn: peer.iqn, port: peer.port, lun: peer.lun, chap: CHAP });
        await host.discover();
        await host.logIn();
        await host.makeFileSystem();
        await host.beginFiles();
        await host.moreFiles(30);
        await host.endFiles();
        await host.expectFiles();
        await host.logOut();
      });
    } finally {
      await peer.stop();
    }
  },
  LIMIT_MS,
);

withClients(
  [...CLIENTS, 'qemu-img'],
  'a Linux host keeps files on a mirrored pair whose link is cut under its writes and comes back',
  async () => {
    const served = await bench.serve(await bench.rig(VOLUME_BYTES));
    const { port, iqn } = served.iscsi('A');
    await withGuest(async (guest) => {
      const host = new IscsiHost(guest, { iqn, port, lun: 0 });
      await host.discover();
      await host.logIn();
      await host.makeFileSystem();
      await host.beginFiles();
      await host.moreFiles(6);
      await bench.told('link down A-B');
      await host.moreFiles(12);
      expect(await served.pair()).toMatchObject({ state: 'PSUE', serves: 'A' });
      await bench.told('link up A-B');
      await host.moreFiles(6);
      await eventually(
        'the pair in PAIR again, under writes',
        () => served.pair(),
        ({ state }) => state === 'PAIR',
      );
      await host.moreFiles(6);
      await host.endFiles();
      await host.expectFiles();
      await host.logOut();
    });
    await untilPaired(served, 'A');
    await untilClean(served);
    await expectIdentical(served.uri('A'), served.uri('B'));
  },
  LIMIT_MS,
);
