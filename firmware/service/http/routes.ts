/** The one table of the interface: server, validation and OpenAPI document are made from it. */
import { MICROCODED_ROLES, type Role } from '../../ports/messages.js';
import {
  OPERATOR_COMMANDS,
  type OperatorCommand,
  Refusal,
  type RemoteAnswer,
  type RestoreWish,
  type ServedSystem,
} from '../../runtime/live/system.js';
import { BLOCK_BYTES } from '../../runtime/machine/config.js';
import { liveTrace } from '../dump/live.js';
import { DEBUG_ROUTES } from './debug-routes.js';
import {
  ARRAY_NAME,
  ARRAYS_NAME,
  DIRECTOR_NAME,
  FAULT_NUMBER,
  GROUP_NAME,
  LINK_NAME,
  PAIR_NAME,
  SECTOR_RANGE,
  sectorRange,
  VOLUME_NAME,
} from './names.js';
import { type Route, route } from './route.js';
import { byName, count, flag, list, named, object, oneNumberOf, oneOf, optional, port, text } from './schema.js';
import {
  ARRAY_VIEW,
  COMMAND_VIEW,
  DRIVE_VIEW,
  FAILOVER_VIEW,
  FAULT_VIEW,
  FORMAT_VIEW,
  HEALTH_VIEW,
  HOST_VIEW,
  LINK_VIEW,
  MICROCODE_VIEW,
  PAIR_VIEW,
  RESTORE_VIEW,
  STATUS_VIEW,
  type StatusView,
  TRACE_VIEW,
  TRACKS_VIEW,
  VOLUME_VIEW,
} from './views.js';

interface PortBody {
  readonly port?: number;
}

interface SectorsBody {
  readonly sectors: string;
}

/** The largest image has 30 KiB. */
const IMAGE_BODY_BYTES_MAX = 2 * 1024 * 1024;

interface ImageBody {
  readonly file: string;
  readonly image: string;
}

interface FaultBody {
  readonly fault: string;
  readonly image?: string;
}

interface RemoteBody {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

/** Errors: Refusal where nobody wanted traces; Unknown. */
function traceOf(system: ServedSystem, array: string): Buffer {
  const remains = system.remains(array);
  if (remains.traces.length > 0) return liveTrace(system.rig, remains);
  throw new Refusal(`array ${array} leaves no trace; \`serve --trace\` makes its directors do`);
}

interface ForceBody {
  readonly force?: boolean;
}

interface FormatBody {
  /** Of a block. */
  readonly bytes: number;
}

/** What each command does to a pair, one line. */
const COMMAND_HELP: Readonly<Record<OperatorCommand, string>> = {
  create: 'makes a pair of two simplex volumes and copies all of the primary; with force over data, too',
  suspend: 'stops the copying; hosts go on, what they write is owed until resume',
  resume: 'brings the other side what is owed, after suspend or at once after an error',
  swap: 'in PAIR: the two sides change roles',
  failback: "in PAIR, after a takeover: the rig's primary serves hosts again",
  delete: 'makes two simplex volumes of a pair; with force on one side, if the other one cannot be asked',
};

function commandRoute(command: OperatorCommand): Route {
  return route({
    method: 'POST',
    path: `/v1/pairs/:primary/${command}`,
    id: command,
    isRemote: true,
    help: COMMAND_HELP[command],
    parameter: primary,
    body: object<ForceBody>({ force: optional(flag('true or false; counts for create and delete')) }),
    answer: COMMAND_VIEW,
    run: (system, name, { force = false }) => system.command(name, command, force),
  });
}

const volume = { name: 'volume', form: VOLUME_NAME };
const link = { name: 'link', form: LINK_NAME };
const arrays = { name: 'arrays', form: ARRAYS_NAME };
const array = { name: 'array', form: ARRAY_NAME };
const primary = { name: 'primary', form: PAIR_NAME };

/** Says, in every answer, which process gives it; not a secret. */
export const INSTANCE_HEADER = 'arraylab-instance';
export const HEALTH_PATH = '/healthz';
export const OPENAPI_PATH = '/v1/openapi.json';
/** The same document, where tools look for it that know no versions. */
export const API_OPENAPI_PATH = '/api/openapi.json';
export const METRICS_PATH = '/metrics';

export const ROUTES: readonly Route[] = [
  route({
    method: 'GET',
    path: HEALTH_PATH,
    id: 'health',
    help: 'says that the process is there',
    isOpen: true,
    answer: HEALTH_VIEW,
    run: () => ({ ok: true }),
  }),
  route({
    method: 'GET',
    path: '/v1/status',
    id: 'status',
    isRemote: true,
    help: 'arrays, their directors and meters, and links',
    answer: STATUS_VIEW,
    run: ({ rig, arrays, links }): StatusView => ({ rig, arrays, links }),
  }),
  route({
    method: 'GET',
    path: '/v1/pairs',
    id: 'pairs',
    isRemote: true,
    help: 'pairs, as the arrays of this process see them',
    answer: list(PAIR_VIEW),
    run: (system) => system.pairs(),
  }),
  route({
    method: 'GET',
    path: '/v1/volumes',
    id: 'volumes',
    help: 'volumes of the arrays of this process: format, time of the last operation, ready and write-disabled on both sides',
    isRemote: true,
    answer: list(VOLUME_VIEW),
    run: (system) => system.volumes(),
  }),
  route({
    method: 'GET',
    path: '/v1/hosts',
    id: 'hosts',
    help: 'sessions of hosts with the iSCSI targets of the arrays of this process, with what went over each',
    answer: list(HOST_VIEW),
    run: (system) => system.hosts(),
  }),
  route({
    method: 'GET',
    path: '/v1/tracks/:volume',
    id: 'tracks',
    isRemote: true,
    help: "tracks that are pending or invalid, by the list of the volume's own array",
    parameter: volume,
    answer: TRACKS_VIEW,
    run: (system, name) => system.tracks(name),
  }),
  route({
    method: 'POST',
    path: '/v1/links/:link/down',
    id: 'linkDown',
    help: 'takes a link down and holds it down',
    parameter: link,
    answer: LINK_VIEW,
    run: (system, name) => system.linkDown(name),
  }),
  route({
    method: 'POST',
    path: '/v1/links/:link/up',
    id: 'linkUp',
    help: 'lets a link come up again',
    parameter: link,
    answer: LINK_VIEW,
    run: (system, name) => system.linkUp(name),
  }),
  route({
    method: 'GET',
    path: '/v1/links',
    id: 'links',
    help: 'the links, and how many bytes went over each',
    answer: list(LINK_VIEW),
    run: (system) => system.links,
  }),
  route({
    method: 'POST',
    path: '/v1/links/:arrays/add',
    id: 'linkAdd',
    help: 'one more link between two arrays that the rig joins; until the process ends',
    parameter: arrays,
    body: object<PortBody>({ port: optional(port('where it listens; needed if its ends are in two processes')) }),
    answer: LINK_VIEW,
    run: (system, name, body) => system.addLink(name, body.port),
  }),
  route({
    method: 'POST',
    path: '/v1/links/:link/remove',
    id: 'linkRemove',
    help: 'takes a link away for good; what is under way on it goes over another one',
    parameter: link,
    answer: LINK_VIEW,
    run: (system, name) => system.removeLink(name),
  }),
  route({
    method: 'POST',
    path: '/v1/arrays/:array/crash',
    id: 'crash',
    help: 'power loss: volatile memory is gone, battery memory and drives stay',
    parameter: array,
    answer: ARRAY_VIEW,
    run: (system, name) => system.crash(name),
  }),
  route({
    method: 'POST',
    path: '/v1/arrays/:array/start',
    id: 'start',
    help: 'switches an array on again',
    parameter: array,
    answer: ARRAY_VIEW,
    run: (system, name) => system.start(name),
  }),
  route({
    method: 'GET',
    path: '/v1/arrays/:array/trace',
    id: 'trace',
    help: 'what its directors did last, where the process was told to trace',
    parameter: array,
    answer: TRACE_VIEW,
    run: (system, name) => ({ array: name, trace: traceOf(system, name).toString('base64') }),
  }),
  route({
    method: 'POST',
    path: '/v1/drives/:volume/fault',
    id: 'driveFault',
    help: "a latent error: the volume's drive cannot read these sectors until they are written again",
    parameter: volume,
    body: object<SectorsBody>({ sectors: named(SECTOR_RANGE) }),
    answer: DRIVE_VIEW,
    run: (system, name, { sectors }) => system.spoilDrive(name, ...sectorRange(sectors)),
  }),
  route({
    method: 'POST',
    path: '/v1/drives/:volume/lose',
    id: 'driveLose',
    help: "the volume's drive is lost: every read and write fails",
    parameter: volume,
    answer: DRIVE_VIEW,
    run: (system, name) => system.loseDrive(name),
  }),
  route({
    method: 'POST',
    path: '/v1/drives/:volume/replace',
    id: 'driveReplace',
    help: "an empty drive takes the place of the volume's: what was on it is invalid, and comes from the other side where there is one",
    parameter: volume,
    answer: DRIVE_VIEW,
    run: (system, name) => system.replaceDrive(name),
  }),
  route({
    method: 'POST',
    path: '/v1/directors/:director/role',
    id: 'moveRole',
    isRemote: true,
    help: 'lets a role go on at this director while hosts work; its port stays where it is',
    parameter: { name: 'director', form: DIRECTOR_NAME },
    body: object<{ readonly role: Role }>({ role: oneOf(...MICROCODED_ROLES) }),
    answer: ARRAY_VIEW,
    run: (system, name, { role }) => system.moveRole(name, role),
  }),
  route({
    method: 'GET',
    path: '/v1/microcode',
    id: 'microcode',
    isRemote: true,
    help: 'what the roles of the arrays run',
    answer: list(MICROCODE_VIEW),
    run: ({ microcode }) => microcode,
  }),
  route({
    method: 'POST',
    path: '/v1/arrays/:array/microcode',
    id: 'loadMicrocode',
    isRemote: true,
    help: 'lets the role that an image is of go on with it while hosts work; a bad image is refused, and the old one goes on',
    parameter: array,
    body: object<ImageBody>({
      file: text('what errors call the image: its path'),
      image: text('its bytes, in base64'),
    }),
    bodyMost: IMAGE_BODY_BYTES_MAX,
    answer: MICROCODE_VIEW,
    run: (system, name, { file, image }) => system.loadMicrocode(name, file, Buffer.from(image, 'base64')),
  }),
  route({
    method: 'GET',
    path: '/v1/faults',
    id: 'faults',
    help: 'faults that were planned in this process, and what became of them',
    answer: list(FAULT_VIEW),
    run: (system) => system.faults,
  }),
  route({
    method: 'POST',
    path: '/v1/faults',
    id: 'faultAdd',
    help: 'plans a fault: at once, so long from now, or when a state begins (looked at once a millisecond)',
    body: object<FaultBody>({
      fault: text("a fault as people write it, for example 'cut A-B at 5s for 2s'"),
      image: optional(text('of one that loads microcode: the bytes of its file, in base64')),
    }),
    bodyMost: IMAGE_BODY_BYTES_MAX,
    answer: FAULT_VIEW,
    run: (system, _name, { fault, image }) =>
      system.addFault(fault, image === undefined ? undefined : Buffer.from(image, 'base64')),
  }),
  route({
    method: 'POST',
    path: '/v1/faults/clear',
    id: 'faultsClear',
    help: 'faults that wait do not come, those that last end, and all are forgotten',
    answer: list(FAULT_VIEW),
    run: (system) => system.clearFaults(),
  }),
  route({
    method: 'POST',
    path: '/v1/faults/:number/clear',
    id: 'faultClear',
    help: 'the same of one; what is left',
    parameter: { name: 'number', form: FAULT_NUMBER },
    answer: list(FAULT_VIEW),
    run: (system, number) => system.clearFaults(Number(number)),
  }),
  route({
    method: 'POST',
    path: '/v1/pairs/:primary/failover',
    id: 'failover',
    isRemote: true,
    help: 'the side that does not serve hosts takes over; without force only if the other side can be asked and agrees',
    parameter: primary,
    body: object<ForceBody>({ force: optional(flag('true or false')) }),
    answer: FAILOVER_VIEW,
    run: (system, name, { force = false }) => system.failover(name, force),
  }),
  ...OPERATOR_COMMANDS.map(commandRoute),
  route({
    method: 'POST',
    path: '/v1/volumes/:volume/format',
    id: 'format',
    help: 'changes the format of all tracks of a volume, on both sides of its pair; hosts are served meanwhile',
    parameter: volume,
    body: object<FormatBody>({ bytes: oneNumberOf(...BLOCK_BYTES) }),
    isRemote: true,
    answer: FORMAT_VIEW,
    run: (system, name, { bytes }) => system.format(name, bytes),
  }),
  route({
    method: 'POST',
    path: '/v1/volumes/:volume/release',
    id: 'release',
    help: 'hosts may have a volume that got a part of an image, with whatever it holds',
    parameter: volume,
    isRemote: true,
    answer: VOLUME_VIEW,
    run: (system, name) => system.release(name),
  }),
  route({
    method: 'POST',
    path: '/v1/groups/:group/restore',
    id: 'groupRestore',
    help: 'other volumes of the array that is the target of a journal group become what its volumes were at an entry, or at a time, that the array holds; the group goes on. Answers when they are whole',
    parameter: { name: 'group', form: GROUP_NAME },
    body: object<RestoreWish>({
      number: optional({ ...count('the newest entry that shall be in it'), maximum: Number.MAX_SAFE_INTEGER }),
      time: optional(text('instead of a number: ISO time; the newest entry that was written then or before')),
      onto: byName(
        text('a volume of the array without a pair, of the same size'),
        'by volume of the group, at that array',
      ),
    }),
    isRemote: true,
    answer: RESTORE_VIEW,
    run: (system, name, wish) => system.restoreGroup(name, wish),
  }),
  route({
    method: 'POST',
    path: '/v1/remote/:array',
    id: 'remote',
    help: "asks the service processor of the array at the other end of a link for what it gives to others; status and body are its answer's",
    parameter: array,
    body: object<RemoteBody>({
      method: oneOf('GET', 'POST'),
      path: text('path of a request to its interface, for example "/v1/status"'),
      body: optional({ type: 'object', additionalProperties: true, description: 'the body of that request' }),
    }),
    bodyMost: IMAGE_BODY_BYTES_MAX,
    answer: object<RemoteAnswer>({
      status: count('its status, as HTTP has it'),
      body: { description: 'its body' },
    }),
    run: (system, name, request) => system.remote(name, request),
  }),
  ...DEBUG_ROUTES,
];

/** Schema of a route's path part. */
export function parameterSchema({ parameter }: Route): object | undefined {
  if (!parameter) return undefined;
  const { name, form } = parameter;
  return { type: 'object', properties: { [name]: named(form) }, required: [name] };
}

/** The document itself has no schema of its own. */
export const OPENAPI_ANSWER = { type: 'object', additionalProperties: true, ...text('an OpenAPI 3.1 document') };
