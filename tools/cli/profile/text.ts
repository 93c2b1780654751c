/** What `arraylab profile` prints for people. */
import type { Checked, Figure } from '../../../firmware/service/profile/catalog.js';
import type { Computed } from '../../../firmware/service/profile/computed.js';
import type { Kind } from '../../../firmware/service/profile/schema.js';
import { CONFIDENCE } from '../../../firmware/service/profile/sources.js';
import { table } from '../ctl/text.js';

export interface Section {
  readonly kind: Kind;
  readonly file: string;
  readonly help?: string;
  readonly figures: readonly Figure[];
  readonly computed: readonly Computed[];
}

/** The source says it itself, "read: …": it begins with the confidence. */
function sourceText({ source, confidence, unused }: Figure): string {
  const said = source ?? (confidence === undefined ? 'when nothing is said' : '');
  return unused ? `${said} (not used: no microcode and no model reads it today)` : said;
}

const SHOWN_MAX = 50;

/** A long list is cut; --json has all of it. */
function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length <= SHOWN_MAX || !Array.isArray(value)) return text;
  return `${text.slice(0, SHOWN_MAX)}… (${value.length} in all)`;
}

export function sectionText({ kind, file, help, figures, computed }: Section): string {
  const isRig = kind === 'rig';
  const figureRows = figures.map((figure) => [
    figure.field,
    shown(figure.value),
    figure.unit ?? '-',
    ...(isRig ? [] : [figure.confidence ?? '-', sourceText(figure)]),
  ]);
  const head = ['FIGURE', 'VALUE', 'UNIT', ...(isRig ? [] : ['CONF', 'SOURCE'])];
  const computedRows = computed.map(({ field, value, unit, from }) => [field, String(value), unit, from]);
  return `${kind} ${file}${help === undefined ? '' : `\n${help}`}

${table(head, figureRows)}
${table(['COMPUTED', 'VALUE', 'UNIT', 'FROM'], computedRows)}`;
}

/** What the letters under CONF say. */
export const LEGEND = `${CONFIDENCE.map(({ letter, begins, words }) => `${letter}  ${begins.padEnd(24)}${words}`).join(
  '\n',
)}\n`;

/** The lines of a check: problems, else that it is in order. */
export function checkedText({ profile, files, problems, uncalibrated }: Checked, strict: boolean): string {
  const line = ({ file, line: at, message }: Checked['problems'][number]): string =>
    `${file}${at === undefined ? '' : `:${at}`}: ${message}`;
  if (problems.length > 0) return `${problems.map(line).join('\n')}\n`;
  const others = files.slice(1).map(({ file }) => file.name);
  const made = others.length === 0 ? '' : ` with ${others.join(', ')}`;
  const loose = uncalibrated.length === 0 ? '' : `; uncalibrated figures: ${uncalibrated.length}`;
  const listed = strict ? uncalibrated.map((one) => `${line(one)}\n`).join('') : '';
  return `${listed}${profile.file.name}: ${profile.kind} in order${made}${loose}\n`;
}
