// Times one verifier in this process: node bench.mjs <module> <set> <options as JSON>.
//
// First it must accept a good credential and refuse the altered and the revoked one; then it prints one line,
// {"ready": true} or {"ready": false, "problem"}. Each line of standard input, {"seconds"}, is answered by
// {"count", "seconds", "cpu_seconds", "p50", "p99"}, the last two in microseconds.
import {readFileSync} from 'node:fs';
import {createInterface} from 'node:readline';

const [name, file, options] = process.argv.slice(2);

// Libraries log to the console; standard output is for answers alone.
console.log = console.info = console.error;

function answer(value) {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

async function requireRight(verify, set, {seesStatus}) {
  if(!await verify(set.credentials[0])) {
    throw new Error('it refuses a good credential');
  }
  for(const text of seesStatus ? [...set.tampered, set.revoked] : set.tampered) {
    if(await verify(text)) {
      throw new Error(text === set.revoked ? 'it accepts a revoked credential' : 'it accepts an altered credential');
    }
  }
}

async function measure(verify, credentials, seconds) {
  const times = [];
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const end = start + seconds * 1000;
  let before = start;
  for(let turn = 0; before < end; ++turn) {
    if(!await verify(credentials[turn % credentials.length])) {
      throw new Error('a good credential was refused while the time ran');
    }
    const now = performance.now();
    times.push(now - before);
    before = now;
  }
  const {user, system} = process.cpuUsage(cpu);
  times.sort((one, other) => one - other);
  const quantile = share => times[Math.min(times.length - 1, Math.floor(times.length * share))] * 1000;
  return {
    count: times.length, seconds: (before - start) / 1000, cpu_seconds: (user + system) / 1e6,
    p50: quantile(0.5), p99: quantile(0.99)
  };
}

async function main() {
  const set = JSON.parse(readFileSync(file, 'utf8'));
  const chosen = JSON.parse(options);
  const {prepare} = await import(`./${name}.mjs`);
  const verify = await prepare(set, chosen);
  await requireRight(verify, set, chosen);
  answer({ready: true});
  for await (const line of createInterface({input: process.stdin, crlfDelay: Infinity})) {
    answer(await measure(verify, set.credentials, JSON.parse(line).seconds));
  }
}

main().catch(error => {
  answer({ready: false, problem: String(error?.message ?? error)});
  process.exitCode = 1;
});
