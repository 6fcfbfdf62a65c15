// Shared by the readers: every file named in the arguments is verified, one result line each.
import {readFileSync} from 'node:fs';

/**
 * Print {file, verdict, reason} for each file; verdict is "accepted", "revoked" or "refused".
 * INTEROP_EXPECTED names a JSON object: the issuers' DIDs and the status registry's DID to rely on.
 */
export async function run(verify) {
  const expected = JSON.parse(readFileSync(process.env.INTEROP_EXPECTED, 'utf8'));
  for(const file of process.argv.slice(2)) {
    const result = await verify(JSON.parse(readFileSync(file, 'utf8')), expected);
    process.stdout.write(`${JSON.stringify({file, ...result})}\n`);
  }
}
