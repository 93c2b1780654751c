/** The thread of a director: its nodes, and the ports that are placed with them. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import type { HostPort, StableStore } from '../../../adapters/channel/host-port.js';
import type { IscsiServer, IscsiServerOptions } from '../../../adapters/channel/iscsi/server.js';
import type { NbdServer, NbdServerOptions } from '../../../adapters/channel/nbd/server.js';
import { FaultyMail } from '../../../adapters/disk/faulty-mail.js';
import type { FileDrives } from '../../../adapters/disk/file/drive-port.js';
import { MemoryDrives } from '../../../adapters/disk/memory/drive-port.js';
import { DriveFaults } from '../../../adapters/disk/model/faults.js';
import type { TcpLinks } from '../../../adapters/link/tcp/tcp-links.js';
import { BatteryMarks } from '../../memory/battery-marks.js';
import { linkRecord, READ_TRACKS_MAX } from '../../memory/layout.js';
import { UNIT_TYPE } from '../../memory/scsi.js';
import { type Role, roleNumber } from '../../ports/messages.js';
import { ArrayMachine } from '../machine/array.js';
import { driveEnds, hostVolumes } from '../machine/config.js';
import { clockGoes, LIVE_CLOCK } from './clock.js';
import { DirectorDebug } from './debug/director-debug.js';
import type { DebugLine } from './debug/orders.js';
import { Director } from './director.js';
import type { Change, DirectorJob, Gate, IscsiPlan, LinkPlan, NbdPlan, Order, Report } from './director-job.js';
import { begins, recorderOf } from './director-traces.js';
import { Linger } from './linger.js';
import { BatteryLog } from './state/battery-log.js';
import { LogSync } from './state/log-sync.js';

const { job, gate, line } = workerData as {
  readonly job: DirectorJob;
  readonly gate: Gate;
  readonly line: DebugLine;
};
const { config } = job;
clockGoes(job.stood_ns);
const requests = new Int32Array(job.requests);
const debug = new DirectorDebug(line, requests, (event) => report({ what: 'debug', event }));

/** A little longer than the other array takes for one write. */
const LINGER_US = 100;

function report(what: Report): void {
  parentPort?.postMessage(what);
}

function die(reason: unknown): never {
  const text = reason instanceof Error ? reason.message : String(reason);
  debug.fault(text);
  report({ what: 'fault', reason: text });
  process.exit(1);
}

/**
 * Sleeps with all that is on this thread, sockets too, until the gate opens: what the service processor does meanwhile
 * nobody may disturb. What has changed; undefined: nothing.
 */
function standStill(): Change | undefined {
  const { shut, changes } = gate;
  const standstill = Atomics.load(shut, 0);
  // It was given up before this director came to it.
  if (standstill === 0) return undefined;
  report({ what: 'stands', standstill });
  Atomics.wait(shut, 0, standstill);
  return receiveMessageOnPort(changes)?.message as Change | undefined;
}

/** What hosts connect to. */
interface Front {
  readonly nbd: NbdServer;
  readonly iscsi: IscsiServer | undefined;
}

interface Built {
  readonly director: Director;
  readonly front: Front | undefined;
  readonly links: TcpLinks | undefined;
  readonly files: FileDrives | undefined;
}

/** What serves a port is loaded where the port is: a thread without sockets and files is up in half the time. */
const PARTS = {
  channel: () => import('../../../adapters/channel/host-port.js'),
  nbd: () => import('../../../adapters/channel/nbd/server.js'),
  iscsi: () => import('../../../adapters/channel/iscsi/server.js'),
  files: () => import('../../../adapters/disk/file/drive-port.js'),
  tcp: () => import('../../../adapters/link/tcp/tcp-links.js'),
};

async function build(): Promise<Built> {
  const layout = ArrayMachine.layoutFor(config);
  const { log: plan, director: writer } = job;
  // Also where no role changes battery memory now: one that does may come.
  const marks = plan && new BatteryMarks(layout);
  const ring = job.traces?.[writer];
  const trace = ring && recorderOf(ring);
  const { memory: buffer, images } = job;
  const machine = new ArrayMachine(config, layout, buffer, images, LIVE_CLOCK, undefined, writer, marks, trace);
  if (trace) begins(trace);
  const { memory, hostMail, driveMail, linkMail } = machine;
  const isHere = (node: Role): boolean => machine.get('node', 'director', roleNumber(node)) === job.director;
  const linger = new Linger(job.shared ? 0 : LINGER_US);
  const pump = (): void => {
    director.pump();
    linger.stir();
  };
  const channel = isHere('hostPort') ? { ...(await PARTS.channel()), ...(await PARTS.nbd()) } : undefined;
  const hostPort = channel && new channel.HostPort(memory, hostMail, LIVE_CLOCK, stable());
  const drivePort = isHere('drivePort') ? await drives() : undefined;
  const files = drivePort instanceof MemoryDrives ? undefined : drivePort;
  const links = isHere('linkPort') && job.links.length > 0 ? await linkPort() : undefined;
  const battery = log();
  const director = new Director({
    machine,
    ports: { ...(hostPort && { hostPort }), ...(drivePort && { drivePort }), ...(links && { linkPort: links }) },
    clock: LIVE_CLOCK,
    ...(battery && { battery }),
    onFault: die,
    debug,
    onStand: () => {
      const change = standStill();
      if (change) machine.place(change.images);
      return change !== undefined;
    },
    onStop: () => void (files?.close() ?? Promise.resolve()).then(() => process.exit(0)),
  });
  const front = hostPort && {
    nbd: new channel.NbdServer(served(hostPort, pump)),
    iscsi: job.iscsi && new (await PARTS.iscsi()).IscsiServer(targeted(hostPort, pump, job.iscsi)),
  };
  director.onPumped = () => flush(front);
  return { director, front, links, files };

  function log(): BatteryLog | undefined {
    if (plan === undefined || marks === undefined) return undefined;
    return new BatteryLog({ memory, marks, plan, writer, onDue: () => report({ what: 'log is long' }) });
  }

  function stable(): StableStore | undefined {
    if (plan === undefined) return undefined;
    const sync = new LogSync(plan, (text) => report({ what: 'trouble', text }));
    return {
      sync: (done) =>
        sync.sync((ok) => {
          done(ok);
          director.stir();
        }),
    };
  }

  async function drives(): Promise<FileDrives | MemoryDrives> {
    const sizes = driveEnds(config);
    const faults = job.faults.map((words, drive) => new DriveFaults(new Int32Array(words), 0, sizes[drive]));
    const mail = new FaultyMail(driveMail, faults);
    if ('buffers' in job.drives) return new MemoryDrives(memory, mail, job.drives.buffers);
    const { FileDrives } = await PARTS.files();
    return new FileDrives(memory, mail, FileDrives.open(job.drives.files), {
      onEnd: () => director.stir(),
      onTrouble: (text) => report({ what: 'trouble', text }),
    });
  }

  async function linkPort(): Promise<TcpLinks> {
    const { TcpLinks } = await PARTS.tcp();
    return new TcpLinks({
      memory,
      mail: linkMail,
      requests,
      pump: () => {
        pump();
        // Where all roles share a thread, what came over a link may have ended a host's write.
        flush(front);
      },
    });
  }
}

/** A link that is added here, and begins. Where it listens, or what it dials. */
async function begin(links: TcpLinks, plan: LinkPlan, isHeld: boolean): Promise<number> {
  const { trunk, number, peer, secret, listens, host, port } = plan;
  const link = links.add(trunk, number, {
    array: config.name,
    peer,
    secret,
    ...(listens ? { listen: { host, port } } : { dial: { host, port } }),
    onState: (state) => report({ what: 'link', record: link.record, link: state }),
    onService: (message) => report({ what: 'service', trunk, message }),
  });
  if (isHeld) link.hold();
  return (await link.start())?.port ?? port;
}

async function addLink(links: TcpLinks, plan: LinkPlan): Promise<void> {
  const record = linkRecord(plan.trunk, plan.number);
  if (links.of(record).length > 0) {
    report({ what: 'link not added', message: `there is a link ${plan.number} to ${plan.peer} already` });
    return;
  }
  try {
    report({ what: 'link added', port: await begin(links, plan, false) });
  } catch (error) {
    await links.remove(record);
    const { code, message } = error as NodeJS.ErrnoException;
    const isTaken = code === 'EADDRINUSE';
    report({ what: 'link not added', message: isTaken ? `port ${plan.port} of ${plan.host} is in use` : message });
  }
}

function served(port: HostPort, pump: () => void): NbdServerOptions {
  return {
    port,
    pump,
    volumes: hostVolumes(config)
      .map(({ name, tracks }, volume) => ({
        name,
        volume,
        sectors: tracks * config.dims.sectorsPerTrack,
        readOnly: ((config.scsi?.units[volume]?.type ?? 0) & UNIT_TYPE.READ_ONLY) !== 0,
      }))
      .filter(({ volume }) => config.exports?.includes(volume) ?? true),
  };
}

function targeted(port: HostPort, pump: () => void, { target }: IscsiPlan): IscsiServerOptions {
  const { name, portals, access } = target;
  return {
    port,
    pump,
    target: {
      name,
      portals,
      access: (initiator) => access.find(({ initiators }) => initiators?.includes(initiator) ?? true),
    },
    pins: Math.min(Math.floor(config.dims.hostSlots / 4), (port.commands * READ_TRACKS_MAX) / 2),
  };
}

function flush(front: Front | undefined): void {
  front?.nbd.flush();
  front?.iscsi?.flush();
}

async function serveHosts({ nbd, iscsi }: Front): Promise<void> {
  const open = async (server: NbdServer | IscsiServer, { host, port }: NbdPlan): Promise<NbdPlan | undefined> => {
    try {
      return await server.listen(host, port);
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      report({ what: 'cannot serve', where: `${host}:${port}`, code, message });
      return undefined;
    }
  };
  const exports = await open(nbd, job.nbd);
  const target = exports && iscsi && job.iscsi ? await open(iscsi, job.iscsi) : undefined;
  if (exports && (target || !iscsi)) report({ what: 'serving', nbd: exports, ...(target && { iscsi: target }) });
}

async function drain({ nbd, iscsi }: Front): Promise<void> {
  await Promise.all([nbd.close(), iscsi?.close()]);
  report({ what: 'drained' });
}

try {
  const { director, front, links, files } = await build();
  const obey = (order: Order): void => {
    if (order.what === 'serve') void (front && serveHosts(front));
    else if (order.what === 'hosts') report({ what: 'hosts', sessions: front?.iscsi?.records() ?? [] });
    else if (order.what === 'drain') void (front && drain(front));
    else if (order.what === 'hold link') for (const link of links?.of(order.record) ?? []) link.hold(order.reason);
    else if (order.what === 'release link') for (const link of links?.of(order.record) ?? []) link.release();
    else if (order.what === 'link faults')
      for (const link of links?.of(order.record) ?? []) link.faults.set(order.faults);
    else if (order.what === 'add link') void (links && addLink(links, order.link));
    else if (order.what === 'remove link')
      void links?.remove(order.record).then(() => report({ what: 'link removed' }));
    else if (!links?.trunk(order.trunk).some((link) => link.service(order.message)))
      report({ what: 'unsent', trunk: order.trunk, message: order.message });
  };
  if (front === undefined && links === undefined && files === undefined) {
    report({ what: 'up', listening: {} });
    director.serve();
  } else {
    parentPort?.on('message', obey);
    const listening: Record<number, number> = {};
    if (links) {
      for (const plan of job.links) {
        const record = linkRecord(plan.trunk, plan.number);
        listening[record] = await begin(links, plan, job.held.includes(record));
      }
    }
    director.attend();
    director.pump();
    report({ what: 'up', listening });
  }
} catch (error) {
  die(error);
}
