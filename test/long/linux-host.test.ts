/** A Linux kernel as the host, in a machine of QEMU's: the distribution's kernel with its own open-iscsi. `npm run long`. */
import { afterAll, beforeAll, expect } from 'vitest';
import { type Served, serve } from '../../firmware/runtime/live/serve.js';
import type { PairView } from '../../firmware/runtime/live/system.js';
import { targetName } from '../../firmware/runtime/machine/scsi-config.js';
import { loadImages } from '../../firmware/service/microcode.js';
import { loadRig } from '../../firmware/service/rig.js';
import { withScsi } from '../../firmware/service/rig-scsi.js';
import { isInstalled } from '../../tools/bench/children.js';
import { startTgtd } from '../../tools/bench/iscsi-peers.js';
import { freePort } from '../../tools/bench/nbd-peers.js';
import { expectIdentical, withClients } from '../live/clients.js';
import { Bench, eventually, untilClean, untilPaired } from '../live/pair-harness.js';
import { Guest, HOST_IN_GUEST } from './linux-host/guest.js';
import { type Image, makeImage } from './linux-host/image.js';
import { type HostedTarget, IscsiHost } from './linux-host/iscsi-host.js';

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

/** The link of a mirrored pair, and the pair's state. */
interface Cut {
  down(): Promise<unknown>;
  up(): Promise<unknown>;
  pair(): Promise<PairView>;
}

/** Files on a new file system; where there is a link, it is cut while they are written, and comes back. */
async function keepFiles(host: IscsiHost, cut?: Cut): Promise<void> {
  await host.discover();
  await host.logIn();
  await host.makeFileSystem();
  await host.beginFiles();
  await host.moreFiles(8);
  if (cut !== undefined) {
    await cut.down();
    await host.moreFiles(12);
    expect(await cut.pair()).toMatchObject({ state: 'PSUE', serves: 'A' });
    await cut.up();
    await host.moreFiles(6);
    await eventually('the pair in PAIR again, under writes', cut.pair, ({ state }) => state === 'PAIR');
  }
  await host.moreFiles(16);
  await host.endFiles();
  await host.expectFiles();
  await host.logOut();
}

withClients(
  [...CLIENTS, 'tgtd'],
  'a Linux host keeps files on a target that nobody here wrote, so what it is asked here is right',
  async () => {
    const peer = await startTgtd({ name: 'tgtd', backing: 'rdwr', bytes: VOLUME_BYTES, chap: CHAP, hasDigests: true });
    try {
      await withGuest((guest) => keepFiles(new IscsiHost(guest, { ...peer, chap: CHAP })));
    } finally {
      await peer.stop();
    }
  },
  LIMIT_MS,
);

withClients(
  [...CLIENTS, 'qemu-img'],
  'a Linux host keeps files on a mirrored pair whose link an operator cuts under its writes',
  async () => {
    const served = await bench.serve(await bench.rig(VOLUME_BYTES));
    const host = { ...served.iscsi('A'), lun: 0 };
    const cut: Cut = {
      down: () => bench.told('link down A-B'),
      up: () => bench.told('link up A-B'),
      pair: () => served.pair(),
    };
    await withGuest((guest) => keepFiles(new IscsiHost(guest, host), cut));
    await untilPaired(served, 'A');
    await untilClean(served);
    await expectIdentical(served.uri('A'), served.uri('B'));
  },
  LIMIT_MS,
);

/** A pair whose arrays admit only who knows the secret, and tell hosts to come where the guest finds this machine. */
async function withChapPair(body: (target: HostedTarget, served: Served) => Promise<void>): Promise<void> {
  const port = await freePort();
  const { arrays, ...rig } = loadRig(await bench.rig(VOLUME_BYTES));
  const fail = (array: string, text: string): never => {
    throw new Error(`array ${array}: ${text}`);
  };
  const served = await serve({
    rig: { ...rig, arrays: arrays.map((array) => withScsi(array)) },
    images: loadImages(),
    placement: 'fused',
    portBase: 0,
    iscsiPortBase: port,
    targetOf: (array) => ({
      name: targetName(arrays[array].name),
      portals: [`${HOST_IN_GUEST}:${port}`],
      access: [{ group: 0, chap: { name: CHAP.user, secret: CHAP.secret } }],
    }),
    secretOf: ({ between }) => fail(String(between), 'its links have both ends here, and need no secret'),
    onDead: (array, roles, reason) => fail(array, `${roles.join('+')}: ${reason}`),
  });
  try {
    await body({ iqn: targetName('A'), port, lun: 0, chap: CHAP }, served);
  } finally {
    await served.close();
  }
}

withClients(
  [...CLIENTS, 'qemu-img'],
  'a Linux host comes where an array says, proves itself by CHAP, and keeps files while the link of the pair is cut',
  () =>
    withChapPair(async (target, { system, arrays }) => {
      const pair = async (): Promise<PairView> => (await system.pairs())[0];
      const cut: Cut = { down: () => system.linkDown('A-B'), up: () => system.linkUp('A-B'), pair };
      await withGuest((guest) => keepFiles(new IscsiHost(guest, target), cut));
      await eventually('nothing owed', pair, ({ state, owedTracks }) => state === 'PAIR' && owedTracks === 0);
      const [a, b] = arrays.map(({ nbd }) => `nbd://${nbd}/data0`);
      await expectIdentical(a, b);
    }),
  LIMIT_MS,
);
