/**
 * A section of README.md as something that can be done: its files written, its commands run. A fenced block after a line that
 * ends with a file's name in backquotes and a colon is that file; a block of `sh` is run; a block without a language after
 * one of `sh` is what the commands print.
 */

export interface Step {
  /** Of the block's first line in the text, from 1 on. */
  readonly line: number;
  readonly file?: string;
  /** The content of the file, or the commands. */
  readonly text: string;
  /** What the commands print, as the text has it. */
  prints?: string;
}

/** Errors: Error that names the line: a fence that does not end, a block that nobody knows what to do with. */
export function stepsOf(markdown: string, heading: string): Step[] {
  const lines = markdown.split('\n');
  const begin = lines.indexOf(heading);
  if (begin < 0) throw new Error(`there is no heading "${heading}"`);
  const level = heading.indexOf(' ');
  const steps: Step[] = [];
  let before = '';
  for (let i = begin + 1; i < lines.length; i++) {
    const line = lines[i] as string;
    const [, hashes] = /^(#+) /.exec(line) ?? [];
    if (hashes !== undefined && hashes.length <= level) break;
    const [, language] = /^```(\w*)$/.exec(line) ?? [];
    if (language === undefined) {
      if (line.trim() !== '') before = line;
      continue;
    }
    const end = lines.indexOf('```', i + 1);
    if (end < 0) throw new Error(`line ${i + 1}: the block does not end`);
    addStep(steps, { line: i + 1, before, language, text: `${lines.slice(i + 1, end).join('\n')}\n` });
    before = '';
    i = end;
  }
  return steps;
}

interface Block {
  readonly line: number;
  /** The last line of text before it; empty when another block is. */
  readonly before: string;
  readonly language: string;
  readonly text: string;
}

function addStep(steps: Step[], { line, before, language, text }: Block): void {
  const [, file] = /`([\w./-]+)`[^`]*:$/.exec(before) ?? [];
  const last = steps.at(-1);
  if (language === 'sh') steps.push({ line, text });
  else if (file !== undefined) steps.push({ line, file, text });
  else if (language === '' && last && last.file === undefined && last.prints === undefined) last.prints = text;
  else
    throw new Error(
      `line ${line}: a block of ${language || 'no language'} that is no file, no command, and no output of one`,
    );
}

/** What two outputs have in common when seeds, figures and hashes change with the microcode. */
export function withoutFigures(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line
        .trim()
        .replace(/\b[0-9a-f]{16}\b/g, 'HASH')
        .replace(/\d[\d,.]*/g, 'N')
        .replace(/ +/g, ' '),
    )
    .join('\n')
    .trim();
}
