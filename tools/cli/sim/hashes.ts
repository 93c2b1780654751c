/** `arraylab sim hashes`: many runs, a line each, and what all lines come to: the same on every machine. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { loadImages } from '../../../firmware/service/microcode.js';
import { loadSimRig } from '../../../firmware/service/sim-rig.js';
import { runScenario } from '../../regress/run.js';
import { loadScenario, scenarioNames } from '../../regress/scenarios.js';
import { putAwayAndTakeUp } from '../../regress/snapshots.js';
import { whole } from '../numbers.js';

const USAGE = `usage: arraylab sim hashes [NAME|FILE...] [--rig RIG] [--runs N] [--jobs N] [--snapshot]

Runs scenarios, all of the package when none is named: each once from seed 1, then each once from seed 2, and so on, N runs in all.
One line a run: scenario, rig, seed, hash. The last line is a digest of all of them, which is the same on every machine and
every version of Node, in one process or in many, with snapshots or without. The exit status is 1 if a run fails.

  --rig RIG    a rig by name or path for all of them; default: each scenario's own
  --runs N     default 200
  --jobs N     shared out among N processes; default 1
  --snapshot   each run is put away and taken up again after 256 steps, 512, 1024 and so on: its memory is copied and
               destroyed, every object of the machine is made anew, and the copy goes on
`;

const OPTIONS = {
  rig: { type: 'string' },
  runs: { type: 'string', default: '200' },
  jobs: { type: 'string', default: '1' },
  snapshot: { type: 'boolean', default: false },
  // One job's own: K/N is every Nth run, from the Kth on, and no digest.
  share: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Say = (line: string) => void;

/** A run's line; PASS or FAIL is for the exit status. */
interface Ran {
  readonly line: string;
  readonly isFailed: boolean;
}

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: argv, allowPositionals: true, options: OPTIONS });
  const print: Say = (line) => void process.stdout.write(`${line}\n`);
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const runs = whole(values.runs, '--runs', 1);
  const jobs = Math.min(whole(values.jobs, '--jobs', 1), runs);
  const names = positionals.length > 0 ? positionals : scenarioNames();
  const all = { names, rig: values.rig, snapshot: values.snapshot, runs };
  if (values.share !== undefined) {
    const [number, of] = values.share.split('/').map((text) => whole(text, '--share', 1));
    return (await runShare(all, (number ?? 1) - 1, of ?? 1, print)) ? 1 : 0;
  }
  const digest = createHash('sha256');
  const say: Say = (line) => {
    digest.update(`${line}\n`);
    print(line);
  };
  const isFailed = jobs === 1 ? await runShare(all, 0, 1, say) : await runJobs(argv, jobs, say);
  print(`${isFailed ? 'FAIL' : 'PASS'} ${runs} runs ${digest.digest('hex').slice(0, 16)}`);
  return isFailed ? 1 : 0;
}

interface All {
  readonly names: readonly string[];
  readonly rig: string | undefined;
  readonly snapshot: boolean;
  readonly runs: number;
}

/** Every `of`th run, from number `first` on. True: one of them failed. */
async function runShare(all: All, first: number, of: number, say: Say): Promise<boolean> {
  let isFailed = false;
  for (let number = first; number < all.runs; number += of) {
    const ran = await runNumber(all, number);
    say(ran.line);
    isFailed ||= ran.isFailed;
  }
  return isFailed;
}

async function runNumber({ names, rig: other, snapshot }: All, number: number): Promise<Ran> {
  const name = names[number % names.length] as string;
  const seed = 1 + Math.floor(number / names.length);
  const scenario = await loadScenario(name);
  const rig = loadSimRig(other ?? scenario.rig);
  images ??= loadImages();
  const result = runScenario(scenario, rig, images, seed, {}, (sim) => {
    if (snapshot) putAwayAndTakeUp(sim);
  });
  const [violation] = result.violations;
  const failed = violation === undefined ? '' : ` FAIL at ${violation.time_us} µs: ${violation.text}`;
  return { line: `${name} ${rig.name} ${seed} ${result.hash}${failed}`, isFailed: violation !== undefined };
}

let images: ReturnType<typeof loadImages> | undefined;

/** The same in processes of their own; their lines in the order in which one process would say them. */
async function runJobs(argv: readonly string[], jobs: number, say: Say): Promise<boolean> {
  const shares = await Promise.all(
    Array.from({ length: jobs }, (_, j) => runJob([...argv, '--share', `${j + 1}/${jobs}`])),
  );
  const most = Math.max(...shares.map(({ lines }) => lines.length));
  for (let i = 0; i < most; i++) {
    for (const { lines } of shares) {
      const line = lines[i];
      if (line !== undefined) say(line);
    }
  }
  return shares.some(({ status }) => status === 1);
}

/** Errors: Error with what the process said, if it ended otherwise than with its runs. */
function runJob(argv: readonly string[]): Promise<{ lines: string[]; status: number }> {
  const [cli = ''] = process.argv.slice(1);
  const child = spawn(process.execPath, [...process.execArgv, cli, 'sim', 'hashes', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status, signal) => {
      if (status === 0 || status === 1) resolve({ lines: out.split('\n').slice(0, -1), status });
      else
        reject(new Error(`a process of ${argv.join(' ')} ended with ${signal ?? `status ${status}`}: ${said.trim()}`));
    });
  });
}
