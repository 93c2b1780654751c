/** `arraylab drive`: measured traces on the models of drives, and how many records a track of a CKD device holds. */
import { parseArgs } from 'node:util';
import { DriveGeometry } from '../../../adapters/disk/model/geometry.js';
import {
  CKD_DEVICES,
  type CkdName,
  DATA_BYTES_MAX,
  KEY_BYTES_MAX,
  recordBytes,
  recordsPerTrack,
} from '../../../firmware/memory/ckd.js';
import { readDriveProfile } from '../../../firmware/service/profile/drive.js';
import { openReference } from '../../../firmware/service/profiles.js';
import { readText } from '../../../firmware/service/read-text.js';
import { parseMeasuredTrace } from '../../drive/measured-trace.js';
import { compare, type Distance, replay } from '../../drive/replay.js';
import { table } from '../ctl/text.js';

const USAGE = `usage: arraylab drive replay --drive NAME|PATH --trace FILE [--json]
       arraylab drive ckd --device ${Object.keys(CKD_DEVICES).join('|')} --data BYTES [--key BYTES] [--json]

replay  a measured trace on the model of its drive: each request at the completion of the one before and the measured gap.
        Prints measured and modelled mean response times, and the rms distance of their distributions (the demerit figure
        of Ruemmler and Wilkes), beside DiskSim's where it is known. FILE: a request a line, as in DiskSim's valid folder:
        R or W, a word, first sector, sectors, response µs, gap µs
ckd     records of one size on a track, and on a cylinder, of a count-key-data device

  --drive NAME|PATH  a drive of hw-profiles/drives, or a JSON file of such a profile (with a "/", or ending with .json)
  --trace FILE       the trace
  --device NAME      ${Object.keys(CKD_DEVICES).join(' or ')}
  --data BYTES       length of a record's data, 0 to ${DATA_BYTES_MAX}
  --key BYTES        length of its key, 0 to ${KEY_BYTES_MAX}; default 0, no key
  --json             for programs
  --help             print this

Exit status: 0 done; 1 a file is not as it must be; 2 wrong usage.
`;

class UsageError extends Error {}

/** A trace is held in memory. */
const TRACE_BYTES_MAX = 256 * 1024 * 1024;

interface Options {
  readonly drive?: string;
  readonly trace?: string;
  readonly device?: string;
  readonly data?: string;
  readonly key?: string;
  readonly json: boolean;
}

const ms = (ns: number): string => (ns / 1e6).toFixed(3);
const us = (ns: number): number => Math.round(ns) / 1000;

function replayText({ drive: name, trace: path, json }: Options): string {
  if (name === undefined) throw new UsageError('replay: --drive is missing; it must be a name or a path');
  if (path === undefined) throw new UsageError('replay: --trace is missing; it must be a path');
  const file = openReference('drive', name);
  const profile = readDriveProfile(file);
  const geometry = new DriveGeometry(profile);
  const requests = parseMeasuredTrace(traceText(path), path, geometry.sectors);
  const model = replay(geometry, requests);
  const of = (isWanted: (isWrite: boolean) => boolean): Distance | undefined => {
    const chosen = requests.flatMap(({ isWrite }, i) => (isWanted(isWrite) ? [i] : []));
    return chosen.length === 0
      ? undefined
      : compare(
          chosen.map((i) => requests[i].response_ns),
          chosen.map((i) => model[i]),
        );
  };
  const all = of(() => true);
  const parts = { all, reads: of((isWrite) => !isWrite), writes: of((isWrite) => isWrite) };
  const disksim = profile.disksim_rms_us;
  if (json) {
    const shown = Object.fromEntries(Object.entries(parts).map(([part, d]) => [part, d ? jsonOf(d) : null]));
    return `${JSON.stringify({ drive: file.name, trace: path, ...shown, disksim_rms_us: disksim ?? null })}\n`;
  }
  const rows = Object.entries(parts).flatMap(([part, d]) => (d ? [row(part, d)] : []));
  return `${table(['', 'REQUESTS', 'MEASURED ms', 'MODEL ms', 'RMS ms', 'OF THE MEAN'], rows)}
DiskSim's model of this drive: ${disksim === undefined ? 'no figure is known' : `${ms(disksim * 1000)} ms rms, all requests`}
`;
}

function traceText(path: string): string {
  try {
    return readText(path, TRACE_BYTES_MAX);
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`);
  }
}

const row = (part: string, { requests, measured_ns, model_ns, rms_ns }: Distance): string[] => [
  part,
  String(requests),
  ms(measured_ns),
  ms(model_ns),
  ms(rms_ns),
  `${((100 * rms_ns) / measured_ns).toFixed(1)} %`,
];

const jsonOf = ({ requests, measured_ns, model_ns, rms_ns }: Distance): object => ({
  requests,
  measured_us: us(measured_ns),
  model_us: us(model_ns),
  rms_us: us(rms_ns),
});

function ckdText({ device: name, data: dataText, key: keyText = '0', json }: Options): string {
  const names = Object.keys(CKD_DEVICES);
  if (name === undefined || !names.includes(name))
    throw new UsageError(
      `ckd: --device is ${name === undefined ? 'missing' : `"${name}"`}; it must be ${names.join(' or ')}`,
    );
  if (dataText === undefined)
    throw new UsageError(`ckd: --data is missing; it must be bytes from 0 to ${DATA_BYTES_MAX}`);
  const device = CKD_DEVICES[name as CkdName];
  const data = bytes(dataText, '--data', DATA_BYTES_MAX);
  const key = bytes(keyText, '--key', KEY_BYTES_MAX);
  const records = recordsPerTrack(device, data, key);
  const perCylinder = records * device.tracks_per_cylinder;
  const track_bytes = recordBytes(device, data, key);
  if (json)
    return `${JSON.stringify({ device: name, data_bytes: data, key_bytes: key, record_track_bytes: track_bytes, records_per_track: records, records_per_cylinder: perCylinder })}\n`;
  return `${records} records a track of a ${name}, ${perCylinder} a cylinder: each takes ${track_bytes} of ${device.track_bytes} bytes\n`;
}

function bytes(text: string, option: string, most: number): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n > most)
    throw new UsageError(`${option} is "${text}"; a whole number from 0 to ${most} is wanted`);
  return n;
}

function answer(argv: string[]): string {
  const text = { type: 'string' } as const;
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      drive: text,
      trace: text,
      device: text,
      data: text,
      key: text,
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return USAGE;
  const [what, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`${what}: "${more.join(' ')}" is too much`);
  if (what !== 'replay' && what !== 'ckd')
    throw new UsageError(what === undefined ? 'say replay or ckd' : `there is no command "${what}"`);
  const own = what === 'replay' ? ['drive', 'trace'] : ['device', 'data', 'key'];
  const foreign = Object.keys(values).find((option) => ![...own, 'json', 'help'].includes(option));
  if (foreign !== undefined) throw new UsageError(`${what} has no --${foreign}`);
  return what === 'replay' ? replayText(values) : ckdText(values);
}

/** Exit status: see usage. */
export async function run(argv: string[]): Promise<number> {
  try {
    process.stdout.write(answer(argv));
    return 0;
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    const isUsage = error instanceof UsageError || String(code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`arraylab drive: ${message}\n${isUsage ? `\n${USAGE}` : ''}`);
    return isUsage ? 2 : 1;
  }
}
