// Preloaded (node --import) so that a reader written for the network reads saved documents instead.
// INTEROP_MIRROR names a JSON object: URL → {file, contentType}; any other URL is a network failure.
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';

const index = process.env.INTEROP_MIRROR;
const entries = JSON.parse(readFileSync(index, 'utf8'));
const realFetch = globalThis.fetch;

globalThis.fetch = async (resource, options) => {
  const url = typeof resource === 'string' ? resource : resource.url ?? resource.href;
  if(url.startsWith('data:')) {
    return realFetch(url, options);
  }
  const entry = entries[url];
  if(!entry) {
    throw new TypeError(`fetch failed: ${url} is not in the mirror`);
  }
  const body = readFileSync(join(dirname(index), entry.file));
  return new Response(body, {headers: {'content-type': entry.contentType}});
};

// Libraries log to the console; standard output is for results alone.
console.log = console.info = console.error;
