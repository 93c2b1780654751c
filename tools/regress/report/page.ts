/** A page that needs nothing else: no script, no file, no address; nothing that it shows can become any of them. */
import { createHash } from 'node:crypto';
import { attribute, escaped } from './markup.js';

/** @param body markup; `title`: any text. */
export function pageOf(title: string, style: string, body: string): string {
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="${attribute(policy)}"/>
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}
