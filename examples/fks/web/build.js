// Builds dist/ as Vite does: each script gets a name that holds the hash of its content.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist/assets', { recursive: true });

let page = readFileSync('index.html', 'utf8');
for (const name of readdirSync('frontend').sort()) {
  const code = readFileSync(`frontend/${name}`);
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 8);
  const built = `assets/${name.replace('.js', '')}-${hash}.js`;
  writeFileSync(`dist/${built}`, code);
  page = page.replace(`/${name}`, `/${built}`);
}
writeFileSync('dist/index.html', page);
