/** Builds the files that are served, checks their size, and with --check that what is committed is what src makes. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { build, transform } from 'esbuild';

const HERE = new URL('./', import.meta.url);
const INJECTOR = 'auto-blog-question-injector.js';
const CARDS = 'auto-blog-question-cards.js';
const DRAWER = 'auto-blog-question-drawer.js';
/** Where a copy lies: an extension cannot load a file from outside its folder. */
const COPIES = '../chrome-extension/widget/';
/** Bytes after gzip: what every reader loads, and what one loads who opens an answer. */
const BUDGETS = { injector: 3 * 1024, all: 20 * 1024 };

const { version } = JSON.parse(await readFile(new URL('package.json', HERE), 'utf8'));

/** Style sheets are text in the script: adopted, they need no `style-src` in a page's content security policy. */
const styles = {
  name: 'styles',
  /** @param {import('esbuild').PluginBuild} plugins */
  setup(plugins) {
    plugins.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8');
      return { contents: (await transform(source, { loader: 'css', minify: true })).code.trim(), loader: 'text' };
    });
  },
};

/**
 * @param {string} entry
 * @param {Record<string, unknown>} constants
 */
async function bundle(entry, constants) {
  const result = await build({
    absWorkingDir: new URL('.', HERE).pathname,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    charset: 'utf8',
    legalComments: 'none',
    supported: { 'template-literal': true },
    define: Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, JSON.stringify(value)])),
    plugins: [styles],
  });
  return Buffer.from(result.outputFiles[0].contents);
}

/** @param {Buffer} file */
const hash = (file) => createHash('sha256').update(file).digest('hex').slice(0, 8);
/** @param {Buffer} file */
const gzipped = (file) => gzipSync(file, { level: 9 }).length;

const cards = await bundle('src/cards/cards.js', {});
const drawer = await bundle('src/drawer/drawer.js', {});
const injector = await bundle('src/injector/injector.js', {
  VERSION: version,
  CARDS: `${CARDS}?v=${hash(cards)}`,
  DRAWER: `${DRAWER}?v=${hash(drawer)}`,
});

const sizes = [injector, cards, drawer].map(gzipped);
const all = sizes[0] + sizes[1] + sizes[2];
console.log(`gzip: injector ${sizes[0]} of ${BUDGETS.injector} bytes, cards ${sizes[1]}, drawer ${sizes[2]}, all ${all} of ${BUDGETS.all}`);
let failed = sizes[0] > BUDGETS.injector || all > BUDGETS.all;
if (failed) console.error('error: over the budget; nothing was written');

for (const folder of failed ? [] : ['./', COPIES]) {
  for (const [name, built] of /** @type {[string, Buffer][]} */ ([[INJECTOR, injector], [CARDS, cards], [DRAWER, drawer]])) {
    const path = new URL(folder + name, HERE);
    if (!process.argv.includes('--check')) {
      await mkdir(new URL(folder, HERE), { recursive: true });
      await writeFile(path, built);
    } else if (!built.equals(await readFile(path).catch(() => Buffer.alloc(0)))) {
      console.error(`error: ${folder}${name} is not what src makes; run \`npm run build\` and commit it`);
      failed = true;
    }
  }
}
process.exit(failed ? 1 : 0);
